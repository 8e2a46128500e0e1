"""The command line: `main` reads the words and calls the module of each command; what is printed
stands whatever the console's coding (console). Nothing is worked out here. Begin with main."""
