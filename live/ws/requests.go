package ws

import (
	"encoding/json"
	"errors"
	"math"
	"time"

	"github.com/kalamsql/kalamsql/exec/session"
	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// message is any message of a client.
type message struct {
	Type string `json:"type"`

	Method   string `json:"method"`
	Token    string `json:"token"`
	User     string `json:"user"`
	Password string `json:"password"`
	Database string `json:"database"`

	Subscription *subscribed `json:"subscription"`

	SubscriptionID string            `json:"subscription_id"`
	ID             string            `json:"id"`
	SQL            string            `json:"sql"`
	Params         []json.RawMessage `json:"params"`
	Channel        string            `json:"channel"`

	expires time.Time // of the token just shown
}

// subscribed is what subscribe asks for.
type subscribed struct {
	ID      string            `json:"id"`
	SQL     string            `json:"sql"`
	Params  []json.RawMessage `json:"params"`
	Options struct {
		Snapshot  *bool   `json:"snapshot"`
		LastRows  int     `json:"last_rows"`
		BatchSize int     `json:"batch_size"`
		Pull      bool    `json:"pull"`
		From      string  `json:"from"`
		Slow      string  `json:"slow"`
		Heartbeat float64 `json:"heartbeat"` // seconds
	} `json:"options"`
}

// subscription is the id of the subscription that the message is about, if any.
func (m *message) subscription() string {
	if m.Subscription != nil {
		return m.Subscription.ID
	}
	return m.SubscriptionID
}

// readMessage reads a frame. With an error there is no message, because the frame is no
// JSON object, or one of which as much has been read as makes sense.
func readMessage(b []byte) (*message, error) {
	m := &message{}
	err := json.Unmarshal(b, m)
	var wrong *json.UnmarshalTypeError
	switch {
	case err == nil:
		return m, nil
	case errors.As(err, &wrong) && wrong.Field != "":
		return m, sqlerr.New(sqlerr.ProtocolViolation, `invalid value for "%s": %s`, wrong.Field, wrong.Value)
	}
	return nil, sqlerr.New(sqlerr.InvalidTextRepresentation, "the frame is not a valid JSON object")
}

// handle runs one request; false ends the connection.
func (c *conn) handle(m *message) bool {
	switch {
	case m.Type == "authenticate":
		return c.authenticate(m)
	case c.session == nil:
		c.sendError(m.ID, m.subscription(), sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "authenticate first"))
		return true
	}
	switch m.Type {
	case "subscribe":
		c.subscribe(m.Subscription)
	case "next_batch":
		if err := c.session.Receiver().NextBatch(m.SubscriptionID); err != nil {
			c.sendError("", m.SubscriptionID, err)
		}
	case "unsubscribe":
		c.unsubscribe(m.SubscriptionID)
	case "execute":
		c.run(m)
	case "listen", "unlisten":
		c.listen(m)
	default:
		c.sendError(m.ID, m.SubscriptionID, sqlerr.New(sqlerr.ProtocolViolation, "unknown message type %q", m.Type))
	}
	return true
}

// authenticate finds out who the client is and opens its session.
func (c *conn) authenticate(m *message) bool {
	if c.session != nil {
		c.sendError(m.ID, "", sqlerr.New(sqlerr.ProtocolViolation, "the connection is authenticated already"))
		return true
	}
	var id identity
	var err error
	switch a := c.server.auth; m.Method {
	case "jwt":
		id, err = a.token(m.Token)
	case "password":
		id, err = a.password(m.User, m.Password)
	case "trust":
		id, err = a.trust(c.remote, m.User)
	default:
		err = sqlerr.New(sqlerr.InvalidAuthorizationSpecification, "unknown authentication method %q", m.Method)
	}
	if err == nil {
		err = c.open(id, m.Database)
	}
	if err != nil {
		c.refuse(sqlerr.From(err))
		return false
	}
	m.expires = id.expires
	b := appendMember([]byte(`{"type":"auth_success"`), "user", c.session.User())
	role := c.session.Role()
	c.sendText(append(appendMember(b, "role", role), '}'))
	return true
}

// open opens the session of a client that has been authenticated.
func (c *conn) open(id identity, database string) (err error) {
	c.session, err = c.server.opts.Sessions.Open(c.ctx, id.startup(database, c.remote.String(), "websocket", nil))
	return err
}

// subscribe registers a live query. The acknowledgement goes out before any of
// its events can.
func (c *conn) subscribe(s *subscribed) {
	if s == nil || s.ID == "" {
		c.sendError("", "", sqlerr.New(sqlerr.ProtocolViolation, "a subscription needs an id"))
		return
	}
	o := s.Options
	options := live.Options{Snapshot: o.Snapshot == nil || *o.Snapshot, LastRows: o.LastRows, BatchSize: o.BatchSize, Pull: o.Pull, From: o.From,
		Heartbeat: seconds(o.Heartbeat)}
	switch o.Slow {
	case "", "close":
	case "coalesce":
		options.Slow = live.Coalesce
	default:
		c.sendError("", s.ID, sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for option "slow": "%s"`, o.Slow))
		return
	}
	if o.LastRows < 0 || o.BatchSize < 0 || o.Heartbeat < 0 {
		c.sendError("", s.ID, sqlerr.New(sqlerr.InvalidParameterValue, "options must not be negative"))
		return
	}
	c.startWriter()
	_, err := c.session.Subscribe(c.ctx, session.SubscribeRequest{ID: s.ID, SQL: s.SQL, Params: params(s.Params), Options: options, Acknowledge: c.acknowledge})
	if err != nil {
		c.sendError("", s.ID, err)
	}
}

// unsubscribe ends a subscription. Nothing of it is sent after the answer: what a worker has
// taken from the receiver goes out before.
func (c *conn) unsubscribe(id string) {
	c.events.Lock()
	defer c.events.Unlock()
	if err := c.session.Receiver().Unsubscribe(id); err != nil {
		c.sendError("", id, err)
		return
	}
	c.sendText(append(appendMember([]byte(`{"type":"unsubscribed"`), "subscription_id", id), '}'))
}

// seconds makes a duration of a client's number, however large.
func seconds(s float64) time.Duration {
	return time.Duration(min(s, math.MaxInt64/2/float64(time.Second)) * float64(time.Second))
}

func (c *conn) acknowledge(sub *live.Subscription) {
	b := appendMember([]byte(`{"type":"subscription_ack"`), "subscription_id", sub.ID())
	b = append(b, `,"schema":[`...)
	for i, col := range sub.Schema() {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(appendString(append(b, `{"name":`...), col.Name), `,"type":`...)
		b = append(appendString(b, col.Type.Name), `,"key":`...)
		b = append(appendBool(b, col.Key), '}')
	}
	b = append(appendBool(append(b, `],"resumed":`...), sub.Resumed()), '}')
	c.sendText(b)
}

func appendBool(dst []byte, b bool) []byte {
	if b {
		return append(dst, "true"...)
	}
	return append(dst, "false"...)
}

// run executes SQL on the session.
func (c *conn) run(m *message) {
	if !c.bucket.take(time.Now()) {
		c.sendError(m.ID, "", sqlerr.New(sqlerr.ConfigurationLimitExceeded, "more than %d statements a second", c.bucket.rate))
		return
	}
	c.server.metrics.statements.Inc()
	out := &resultWriter{limit: c.server.opts.Limits.FrameBytes * 16}
	cursor, err := c.session.Query(c.ctx, m.SQL, params(m.Params), out)
	if err != nil {
		c.sendError(m.ID, "", err)
		return
	}
	if c.session.Listens() {
		c.startWriter() // the statement was a LISTEN
	}
	if len(out.results) == 0 {
		out.results = []result{{}}
	}
	last := &out.results[len(out.results)-1]
	b := appendOptional([]byte(`{"type":"result"`), "id", m.ID)
	b = last.append(append(b, ','))
	if len(out.results) > 1 {
		b = append(b, `,"results":[`...)
		for i := range out.results {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(out.results[i].append(append(b, '{')), '}')
		}
		b = append(b, ']')
	}
	b = appendMember(b, "cursor", cursor)
	c.sendText(append(b, '}'))
}

// listen runs LISTEN and UNLISTEN of a plain channel.
func (c *conn) listen(m *message) {
	if m.Channel == "" {
		c.sendError(m.ID, "", sqlerr.New(sqlerr.InvalidParameterValue, "channel name cannot be empty"))
		return
	}
	if m.Type == "listen" {
		c.startWriter()
		c.session.ListenChannel(m.Channel)
	} else {
		c.session.UnlistenChannel(m.Channel)
	}
	b := appendOptional([]byte(`{"type":"result"`), "id", m.ID)
	b = appendMember(b, "command", map[string]string{"listen": "LISTEN", "unlisten": "UNLISTEN"}[m.Type])
	cursor, err := c.session.Cursor(c.ctx)
	if err != nil {
		c.sendError(m.ID, "", err)
		return
	}
	c.sendText(append(appendMember(append(b, `,"columns":[],"rows":[]`...), "cursor", cursor), '}'))
}
