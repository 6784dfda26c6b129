"""Tables that are no files here: brought from servers and stores into files, with no credential in any address."""
