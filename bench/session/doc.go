// Package session measures what one statement costs inside the process: from
// the messages of a driver, decoded, to the rows, with no socket in between.
//
//	go test ./bench/session -bench . -benchmem
//
// The difference to what pgbench sees over the wire is the kernel's work for
// the socket and the client's own.
package session
