"""The lake: extracts read, immutable snapshots with manifests, quarantine, books and assessments, engines, evidence."""
