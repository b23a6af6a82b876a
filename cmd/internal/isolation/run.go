package isolation

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// patience bounds how long a step may be neither ended nor blocked.
const patience = 30 * time.Second

// run is one permutation under way.
type run struct {
	spec     *Spec
	config   *pgconn.Config
	control  *pgconn.PgConn
	sessions []*connection
	pids     string // of all sessions, as an array's text
	out      io.Writer
}

// connection is a session's.
type connection struct {
	spec *Session
	conn *pgconn.PgConn
	pid  uint32
	// running is the step that has not ended, and done tells how it ended.
	running *Step
	order   int
	done    chan outcome
	notices []string
}

// Run runs a permutation on the server of dsn and writes what happens.
func Run(ctx context.Context, dsn string, spec *Spec, p *Permutation, out io.Writer) (err error) {
	r := &run{spec: spec, out: out}
	if r.config, err = pgconn.ParseConfig(dsn); err != nil {
		return err
	}
	if r.control, err = pgconn.ConnectConfig(ctx, r.config); err != nil {
		return err
	}
	defer r.control.Close(context.Background())
	for _, sql := range spec.Setup {
		if _, err := r.control.Exec(ctx, sql).ReadAll(); err != nil {
			return fmt.Errorf("setup: %w", err)
		}
	}
	fmt.Fprintln(out, p.Title())
	err = r.steps(ctx, p)
	if closeErr := r.close(ctx); err == nil {
		err = closeErr
	}
	if spec.Teardown != "" {
		if _, e := r.control.Exec(ctx, spec.Teardown).ReadAll(); e != nil && err == nil {
			err = fmt.Errorf("teardown: %w", e)
		}
	}
	return err
}

// open connects the sessions and runs their setup, whose rows are printed.
func (r *run) open(ctx context.Context) error {
	var pids []string
	for _, s := range r.spec.Sessions {
		c := &connection{spec: s}
		config := r.config.Copy()
		config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) {
			c.notices = append(c.notices, fmt.Sprintf("%s: %s:  %s", s.Name, n.Severity, n.Message))
		}
		var err error
		if c.conn, err = pgconn.ConnectConfig(ctx, config); err != nil {
			return err
		}
		c.pid = c.conn.PID()
		r.sessions = append(r.sessions, c)
		pids = append(pids, strconv.FormatUint(uint64(c.pid), 10))
	}
	r.pids = "{" + strings.Join(pids, ",") + "}"
	for _, c := range r.sessions {
		if c.spec.Setup == "" {
			continue
		}
		results, err := c.conn.Exec(ctx, c.spec.Setup).ReadAll()
		if err != nil {
			return fmt.Errorf("setup of %s: %w", c.spec.Name, err)
		}
		r.print(r.out, outcome{results: results})
	}
	return nil
}

// close ends the sessions; nobody may be left waiting.
func (r *run) close(ctx context.Context) (err error) {
	for _, c := range r.sessions {
		if c.running != nil && err == nil {
			err = fmt.Errorf("step %s has not ended", c.running.Name)
		}
		if c.running == nil && c.spec.Teardown != "" && !c.conn.IsClosed() {
			if _, e := c.conn.Exec(ctx, c.spec.Teardown).ReadAll(); e != nil && err == nil {
				err = fmt.Errorf("teardown of %s: %w", c.spec.Name, e)
			}
		}
	}
	for _, c := range r.sessions {
		if c.running != nil {
			_ = c.conn.CancelRequest(ctx)
			<-c.done
		}
		c.conn.Close(context.Background())
	}
	return err
}

func (r *run) steps(ctx context.Context, p *Permutation) error {
	if err := r.open(ctx); err != nil {
		return err
	}
	for i, turn := range p.Steps {
		var c *connection
		for _, s := range r.sessions {
			if s.spec == turn.Session {
				c = s
			}
		}
		if c.running != nil {
			if err := r.await(c); err != nil {
				return err
			}
		}
		if turn.Gone {
			if err := r.gone(ctx, c); err != nil {
				return err
			}
		}
		c.running, c.order, c.done = turn.Step, i, make(chan outcome, 1)
		go c.exec(ctx, turn)
		blocked := turn.TimesOut
		if !blocked {
			var err error
			if blocked, err = r.wait(ctx, c); err != nil {
				return err
			}
		}
		if blocked {
			fmt.Fprintf(r.out, "step %s: %s <waiting ...>\n", turn.Name, turn.SQL)
		}
		if turn.TimesOut {
			select {
			case o := <-c.done:
				c.done <- o
			case <-time.After(patience):
				return fmt.Errorf("step %s does not time out", turn.Name)
			}
		}
		if err := r.settle(ctx, c, blocked); err != nil {
			return err
		}
	}
	return nil
}

// exec runs a step in a goroutine of its own; done is told.
func (c *connection) exec(ctx context.Context, turn Turn) {
	if turn.Gone {
		// What the server said last is read; nothing is sent any more.
		err := c.conn.WaitForNotification(ctx)
		c.done <- outcome{err: err}
		return
	}
	results, err := c.conn.Exec(ctx, turn.SQL).ReadAll()
	c.done <- outcome{results, err}
}

// gone waits until the server has ended a session.
func (r *run) gone(ctx context.Context, c *connection) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		there, err := r.ask(ctx, "SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = $1::int AND $2::int[] IS NOT NULL", c)
		if err != nil || !there {
			return err
		}
	}
	return fmt.Errorf("session %s does not end", c.spec.Name)
}

// wait waits until a session has ended its step, or is blocked.
func (r *run) wait(ctx context.Context, c *connection) (blocked bool, err error) {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		select {
		case o := <-c.done:
			c.done <- o
			return false, nil
		default:
		}
		if blocked, err = r.ask(ctx, "SELECT pg_isolation_test_session_is_blocked($1::int, $2::int[])", c); blocked || err != nil {
			// It may have ended since.
			return blocked && len(c.done) == 0, err
		}
	}
	return false, fmt.Errorf("step %s neither ends nor waits for a lock", c.running.Name)
}

// ask asks something about a session.
func (r *run) ask(ctx context.Context, sql string, c *connection) (bool, error) {
	pid := strconv.FormatUint(uint64(c.pid), 10)
	result := r.control.ExecParams(ctx, sql, [][]byte{[]byte(pid), []byte(r.pids)}, nil, nil, nil).Read()
	if result.Err != nil {
		return false, result.Err
	}
	return string(result.Rows[0][0]) == "t", nil
}

// settle waits until every session has ended its step or is blocked, and prints
// what has ended: the newest step first, then the others in the order in which
// they began.
func (r *run) settle(ctx context.Context, newest *connection, wasBlocked bool) error {
	for progress := true; progress; {
		progress = false
		for _, c := range r.sessions {
			if c.running == nil || len(c.done) > 0 {
				continue
			}
			blocked, err := r.wait(ctx, c)
			if err != nil {
				return err
			}
			progress = progress || !blocked
		}
	}
	if len(newest.done) > 0 && !wasBlocked {
		fmt.Fprintf(r.out, "step %s: %s\n", newest.running.Name, newest.running.SQL)
		r.finish(newest)
	}
	for {
		var first *connection
		for _, c := range r.sessions {
			if c.running != nil && len(c.done) > 0 && (first == nil || c.order < first.order) {
				first = c
			}
		}
		if first == nil {
			return nil
		}
		fmt.Fprintf(r.out, "step %s: <... completed>\n", first.running.Name)
		r.finish(first)
	}
}

// await waits for a step that was blocked to end by itself, as one that is part of a
// deadlock does.
func (r *run) await(c *connection) error {
	select {
	case o := <-c.done:
		c.done <- o
	case <-time.After(patience):
		return fmt.Errorf("step %s has not ended", c.running.Name)
	}
	fmt.Fprintf(r.out, "step %s: <... completed>\n", c.running.Name)
	r.finish(c)
	return nil
}

func (r *run) finish(c *connection) {
	o := <-c.done
	for _, n := range c.notices {
		fmt.Fprintln(r.out, n)
	}
	c.notices, c.running = nil, nil
	r.print(r.out, o)
}
