// Package e2e holds the tests that use a whole server as its users do: through
// PostgreSQL drivers, WebSocket, psql and a browser.
package e2e
