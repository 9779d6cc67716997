"""The command line, one file for each area. What people type goes in, sentences come out."""
