// Package ws serves browsers: the WebSocket protocol of live queries, SQL over
// plain HTTP, the console, health and metrics. It translates between JSON and
// calls of exec/session and live; nothing is decided here.
//
// A WebSocket connection has a reader, which notices at once when the client
// goes; an executor, which runs the client's requests in order on one session;
// and, once it has subscribed, a writer, which turns the receiver's events into
// frames. The frames of everything that is ready go out in one write to the
// socket: that is worth more than any choice of library.
package ws
