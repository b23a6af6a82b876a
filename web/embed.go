// Package web holds the browser client and the console that the server serves.
package web

import "embed"

// Files are the console and the client as they are served.
//
//go:embed console kalamsql.js
var Files embed.FS
