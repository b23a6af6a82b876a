// Package textsearch is full text search: it takes documents apart into tokens,
// makes lexemes of them by dictionaries, matches documents with queries, ranks them
// and shows where they match. Each part does what PostgreSQL's of the same name does.
//
// The default parser (machine.go, states.go) is a machine of states with a stack of
// positions to fall back to, since what a text is may only be known at its end: host
// names, addresses and versions begin like words and numbers. A configuration
// (configuration.go) says which dictionary each kind of token goes to: simple, or a
// Snowball stemmer with a list of words that are left out.
//
// Documents and queries themselves are types.Lexeme and types.TSNode.
package textsearch
