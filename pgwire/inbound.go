package pgwire

import (
	"bufio"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	readBuffer       = 16 << 10 // bytes read from the socket at a time
	maxAhead         = 1 << 20  // bytes read ahead of the executor
	maxAheadMessages = 64       // messages read ahead of the executor
	// longStatement is how long a statement runs before somebody reads ahead.
	longStatement = 100 * time.Millisecond
)

// errKicked is what a wait for a message ends with when the executor is wanted
// for something else.
var errKicked = errors.New("kicked")

// inbound is the way in of a connection. See the package's documentation for who
// reads when.
type inbound struct {
	raw    net.Conn // deadlines are set here
	net    net.Conn // raw, or TLS over it
	buf    *bufio.Reader
	reader *messageReader
	over   func() bool // the connection is: nothing is waited for any more

	// turn says whose turn it is to read, in its lowest two bits; above them it
	// counts how often the executor went to work.
	turn    atomic.Uint64
	seen    uint64 // turn, when the server last looked
	between bool   // the reader stands between two messages: it may be kicked

	mu struct {
		sync.Mutex
		kicked bool // the read deadline is in the past
	}

	// What reading ahead has brought; its own while it goes on.
	left  []message
	bytes int
	stop  chan struct{} // closed when the executor wants to read itself
	done  chan struct{} // closed when reading ahead is over
}

// Whose turn it is.
const (
	turnExecutor = iota // the executor reads, or is about to
	turnNobody          // the executor works
	turnAhead           // the executor works, and somebody reads ahead
	turnMask     = 3
)

func newInbound(raw net.Conn, limit int, over func() bool) *inbound {
	in := &inbound{raw: raw, over: over}
	in.through(raw, limit)
	return in
}

// through makes it read another socket: TLS over the one before.
func (in *inbound) through(socket net.Conn, limit int) {
	in.net = socket
	in.buf = bufio.NewReaderSize(in, readBuffer)
	in.reader = newMessageReader(in.buf, limit)
}

// Read implements io.Reader for buf. A kick in the middle of a message waits for
// its end.
func (in *inbound) Read(p []byte) (int, error) {
	for {
		n, err := in.net.Read(p)
		var timeout net.Error
		if n > 0 || err == nil || !errors.As(err, &timeout) || !timeout.Timeout() {
			return n, err
		}
		switch {
		case !in.calm():
			return 0, err
		case in.between || in.over():
			return 0, errKicked
		}
		defer in.kick()
	}
}

// kick ends a wait for the next message, now or when it begins.
func (in *inbound) kick() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.mu.kicked = true
	_ = in.raw.SetReadDeadline(time.Unix(1, 0))
}

// calm takes a kick back; false: there was none.
func (in *inbound) calm() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.mu.kicked {
		return false
	}
	in.mu.kicked = false
	_ = in.raw.SetReadDeadline(time.Time{})
	return true
}

// limit bounds the next wait, unless there is a kick that ends it sooner; zero
// takes the bound away.
func (in *inbound) limit(patience time.Duration) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.mu.kicked {
		return
	}
	var deadline time.Time
	if patience > 0 {
		deadline = time.Now().Add(patience)
	}
	_ = in.raw.SetReadDeadline(deadline)
}

// take gives the next message. It is errKicked, or the error of a socket whose
// deadline has passed, only between messages; those may go on.
func (in *inbound) take(patience time.Duration) (message, error) {
	in.begin()
	defer in.work()
	if len(in.left) > 0 {
		m := in.left[0]
		in.left[0] = message{}
		in.left = in.left[1:]
		return m, nil
	}
	return in.next(patience)
}

// next reads a message.
func (in *inbound) next(patience time.Duration) (message, error) {
	if in.buf.Buffered() == 0 {
		if patience > 0 {
			in.limit(patience)
			defer in.limit(0)
		}
		in.between = true
		_, err := in.buf.Peek(1)
		in.between = false
		if err != nil {
			return message{}, err
		}
	}
	return in.reader.next()
}

// begin makes it the executor's turn.
func (in *inbound) begin() {
	turn := in.turn.Load()
	if turn&turnMask == turnNobody && in.turn.CompareAndSwap(turn, turn&^turnMask) || turn&turnMask == turnExecutor {
		return
	}
	close(in.stop)
	in.kick()
	<-in.done
	in.stop, in.done, in.bytes = nil, nil, 0
	in.kick() // what others have kicked for meanwhile must not be missed
	in.turn.Store(in.turn.Load() &^ turnMask)
}

// work ends the executor's turn.
func (in *inbound) work() { in.turn.Store(in.turn.Load() + turnMask + 1 + turnNobody) }

// long says whether the executor has been at work since the last call, and makes
// it the turn of whoever reads ahead. The server calls it, at intervals.
func (in *inbound) long() bool {
	turn := in.turn.Load()
	seen := in.seen
	in.seen = turn
	if turn != seen || turn&turnMask != turnNobody {
		return false
	}
	in.stop, in.done = make(chan struct{}), make(chan struct{})
	if in.turn.CompareAndSwap(turn, turn&^turnMask|turnAhead) {
		return true
	}
	in.stop, in.done = nil, nil
	return false
}

// readAhead reads while a long statement runs, until the executor wants to. gone
// is called when the client has vanished, and terminated when it has said its
// last word; then only its end still matters, to a live result, which would go on
// for nobody.
func (in *inbound) readAhead(ctx context.Context, gone, terminated func(), streaming func() bool) {
	defer close(in.done)
	for ctx.Err() == nil && in.bytes <= maxAhead && len(in.left) < maxAheadMessages {
		m, err := in.next(0)
		select {
		case <-in.stop:
			if err == nil {
				in.left = append(in.left, m)
			}
			return
		default:
		}
		switch {
		case err == errKicked:
			continue
		case errors.Is(err, errMessageLength):
			in.left = append(in.left, message{broken: err})
			return
		case err != nil:
			gone()
			return
		}
		in.left = append(in.left, m)
		in.bytes += len(m.body)
		if m.kind == 'X' {
			terminated()
		}
		if m.kind == 'X' || m.unknown {
			break
		}
	}
	if n := len(in.left); n > 0 && (in.left[n-1].kind == 'X' || in.left[n-1].unknown) {
		in.end(streaming, gone)
	}
	select {
	case <-in.stop:
	case <-ctx.Done():
	}
}

// end waits for the end of a client that has said its last word.
func (in *inbound) end(streaming func() bool, gone func()) {
	for {
		in.between = true
		_, err := in.buf.ReadByte()
		in.between = false
		select {
		case <-in.stop:
			return
		default:
		}
		switch {
		case err == nil || err == errKicked && !in.over():
		case streaming():
			gone()
			return
		default:
			return
		}
	}
}
