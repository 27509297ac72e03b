"""Contracts that import nobody: fields, datasets, bureau layouts, code tables, policy and errors."""
