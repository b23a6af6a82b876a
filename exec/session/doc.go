// Package session is one client's conversation with the server: transaction
// state, prepared statements, portals, settings, the user it acts for, and what
// it listens to. pgwire and live/ws translate their bytes into its calls.
package session
