"""A Python draft of JavaScript or TypeScript stream code: ``streams2 port FILE.js``.

- `parse`, `scopes`, `types`: what the program says, whose a name is, what a value is known to be;
- `js`: what drafts import where plain Python would be wrong. It needs no parser.

Not here: the words of the command line (`command`), and Node's API, which is the rest of streams2.
"""
