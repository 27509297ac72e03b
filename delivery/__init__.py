"""What meets the bureau or the borrower: bureau files, sealing, SFTP, notices."""
