package session

import (
	"context"
	"slices"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"

	"github.com/kalamsql/kalamsql/sql/parser/ast"
)

// # LISTEN and UNLISTEN in transactions
//
// As in PostgreSQL they take effect when the transaction commits, in the order in which
// they were said, and never if it does not. What a LISTEN asks for has begun just before
// the commit, since one hears what one's own transaction does. A live query is planned
// and checked when it is said, and planned again where definitions have changed since; over
// tables that only its own transaction has, it can begin behind the commit alone, and then
// begins with what is there by then.

// listening is a LISTEN or UNLISTEN that waits for its commit.
type listening struct {
	channel string        // empty for all, of UNLISTEN
	stop    bool          // UNLISTEN
	query   *live.Request // of LISTEN ... FOR
	// again plans the query anew.
	again func() (*live.Request, error)
	// perCommit is group = 'commit'.
	perCommit bool
}

// unlisten runs UNLISTEN.
func (s *Session) unlisten(stmt *ast.UnlistenStmt) (string, error) {
	s.tx.listens = append(s.tx.listens, listening{channel: stmt.Channel, stop: true})
	return "UNLISTEN", nil
}

// hearOut waits, when the transaction that ends says LISTEN or UNLISTEN, until what
// others have committed before is queued: who begins to listen does not hear that,
// and who stops still does.
func (s *Session) hearOut(ctx context.Context) {
	if len(s.tx.listens) > 0 {
		_ = s.server.opts.Hub.Await(ctx, s.store().Durable()) // LISTEN stands whatever becomes of the wait
	}
}

// listenEarly begins what the transaction's LISTENs ask for and gives what undoes that,
// for when it cannot commit, as it cannot when this fails.
func (s *Session) listenEarly(ctx context.Context) (undo func(), err error) {
	if len(s.tx.listens) == 0 {
		return func() {}, nil
	}
	var opened []listening
	undo = func() {
		for _, l := range opened {
			s.stopListening(l.channel, l.query == nil, l.query != nil)
		}
	}
	defines := s.tx.tx != nil && s.tx.tx.Catalog() != s.store().Catalog()
	for _, l := range s.tx.listens {
		at := s.listening[l.channel]
		switch {
		case l.stop, l.query == nil && at != nil && at.plain, l.query != nil && (defines || at != nil && at.sub != ""):
			continue
		}
		if err := s.begin(ctx, l); err != nil {
			undo()
			return undo, err
		}
		opened = append(opened, l)
	}
	return undo, nil
}

// settle has the transaction's LISTENs and UNLISTENs take effect; it has committed.
func (s *Session) settle(listens []listening) {
	for _, l := range listens {
		at := s.listening[l.channel]
		switch {
		case l.stop && l.channel == "":
			s.unlistenAll()
		case l.stop:
			s.unlistenChannel(l.channel)
		case l.query != nil && at != nil && at.sub == l.query.ID:
		default:
			if err := s.begin(context.Background(), l); err != nil {
				e := sqlerr.From(err)
				s.inbox() // there is something to be told
				s.late = append(s.late, Notification{PID: s.pid, Channel: l.channel, Payload: endPayload(&live.End{Code: e.Code, Reason: live.ReasonError})})
			}
		}
	}
}

// begin begins to listen.
func (s *Session) begin(ctx context.Context, l listening) error {
	if l.query == nil {
		s.ListenChannel(l.channel)
		return nil
	}
	at := s.listener(l.channel)
	at.sub, at.perCommit, at.ready = l.query.ID, l.perCommit, l.query.Options.Snapshot || l.query.Options.From != ""
	at.from = l.query.Options.From != ""
	req := l.query
	_, err := upToDate(func() (*live.Subscription, error) {
		if req == nil {
			var err error
			if req, err = l.again(); err != nil {
				return nil, err
			}
			req.ID = l.query.ID
		}
		now := *req
		req = nil
		return s.inbox().Subscribe(ctx, now)
	})
	if err != nil {
		at.sub = ""
		s.forgetIdle(at)
	}
	return err
}

// listener gives the channel's entry.
func (s *Session) listener(channel string) *listener {
	l := s.listening[channel]
	if l == nil {
		l = &listener{channel: channel}
		s.listening[channel] = l
	}
	return l
}

// ListenChannel listens to a plain channel at once, for a transport whose
// requests are no statements; UnlistenChannel ends that.
func (s *Session) ListenChannel(channel string) {
	s.inbox().Listen(s.database.OID, channel)
	s.listener(channel).plain = true
}

// UnlistenChannel stops listening to a channel.
func (s *Session) UnlistenChannel(channel string) { s.unlistenChannel(channel) }

func (s *Session) unlistenAll() {
	for channel := range s.listening {
		s.unlistenChannel(channel)
	}
}

func (s *Session) unlistenChannel(channel string) { s.stopListening(channel, true, true) }

// stopListening stops the plain listening to a channel, or that for a query, or both.
func (s *Session) stopListening(channel string, plain, query bool) {
	l := s.listening[channel]
	if l == nil {
		return
	}
	if query && l.sub != "" {
		_ = s.receiver.Unsubscribe(l.sub) // it may have ended
		l.sub = ""
	}
	if plain && l.plain {
		s.receiver.Unlisten(channel)
		l.plain = false
	}
	s.forgetIdle(l)
}

// listeningChannels is pg_listening_channels().
func listeningChannels(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
	var names []string
	for channel := range s.listening {
		names = append(names, channel)
	}
	slices.Sort(names)
	a := &types.Array{Dims: []int{len(names)}, Lower: []int{1}}
	for _, n := range names {
		a.Elems = append(a.Elems, types.String(n))
	}
	return types.Object(a), nil
}
