"""What bureaus' guides print: layouts, code tables, file names. One module a bureau."""
