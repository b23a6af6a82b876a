package ws

import (
	"encoding/binary"
	"io"
	"time"

	"github.com/gorilla/websocket"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// goAway ends the connection once what is queued has been sent.
func (c *conn) goAway() {
	c.submit(func() bool {
		c.sendEvents()
		c.close(closeGoingAway, "server shutdown")
		return false
	})
}

// fatal sends an error and closes the connection.
func (c *conn) fatal(code int, e *sqlerr.Error) {
	c.sendError("", "", e)
	c.close(code, e.Message)
}

// close sends a close frame; nothing is sent after it.
func (c *conn) close(code int, reason string) {
	if len(reason) > 120 {
		reason = reason[:120]
	}
	c.out.Lock()
	defer c.out.Unlock()
	if c.sendLocked(opClose, append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)) == nil {
		c.out.closed = true
		c.told.Store(true)
	}
}

// farewell answers the client's close frame, with its own code.
func (c *conn) farewell(code int, _ string) error {
	if code == websocket.CloseNoStatusReceived {
		code = websocket.CloseNormalClosure
	}
	c.close(code, "")
	return nil
}

// refuse ends a connection that is not, or no longer, authenticated.
func (c *conn) refuse(e *sqlerr.Error) {
	b := appendMember(appendMember([]byte(`{"type":"auth_error"`), "code", string(e.Code)), "message", e.Message)
	c.sendText(append(b, '}'))
	c.close(closeAuth, e.Message)
}

// end ends everything that goes on for the connection. The socket is left to the reader
// if the client has been told why.
func (c *conn) end() {
	c.tasks.Lock()
	c.tasks.over, c.tasks.queue = true, nil
	c.tasks.room.Broadcast()
	c.tasks.Unlock()
	c.cancel()
	c.hangUp()
	// Changes of its live queries may come for as long as the session is there, which
	// is until the workers have left.
	c.executor.stop()
	c.writer.stop()
}

// parting is how long a client may take to go after it has been told to, and
// partingAtShutdown if others wait for that.
const (
	parting           = 2 * time.Second
	partingAtShutdown = parting / 10
)

// hangUp says that nothing more is coming, and gives the client a while to say the same.
// A socket that was closed with something unread would be reset, and what the client
// has not read yet, the reason before all, would be lost with it.
func (c *conn) hangUp() {
	until := time.Now().Add(parting)
	select {
	case <-c.server.over:
		until = time.Now().Add(partingAtShutdown)
	default:
	}
	half, ok := c.socket.NetConn().(interface{ CloseWrite() error })
	if !ok || !c.told.Load() || half.CloseWrite() != nil || c.socket.SetReadDeadline(until) != nil {
		c.socket.Close()
	}
}

// drain reads what the client still sends, until it goes or its time is up.
func (c *conn) drain() {
	_, _ = io.Copy(io.Discard, c.socket.NetConn()) // whatever ends it, the connection is over
	c.socket.Close()
}
