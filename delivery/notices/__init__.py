"""Notices to borrowers before anything is reported: template, message, delivery over SMTP with its proof."""
