package live

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// TestRoutingKeys reads from EXPLAIN how queries are found.
func TestRoutingKeys(t *testing.T) {
	w := newWorld(t, HubOptions{})
	room := func(s string) expr.Expr { return operator("=", col(w.message, "room"), text(s)) }
	in, err := new(expr.Typing).NewIn(col(w.message, "n"), []expr.Expr{integer(1), integer(2)}, false, -1)
	if err != nil {
		t.Fatal(err)
	}
	for _, try := range []struct {
		where expr.Expr
		want  string
	}{
		{nil, "every change of the table"},
		{room("it's"), "room = 'it''s'"},
		{operator("=", text("a"), col(w.message, "room")), "room = 'a'"},
		{operator("=", col(w.message, "id"), integer(5)), "id = '5'"},
		{expr.NewAnd(operator("=", col(w.message, "n"), integer(5)), room("a")), "room = 'a', n = '5'"},
		{expr.NewAnd(operator(">", col(w.message, "n"), integer(5)), room("a")), "room = 'a'"},
		{expr.NewOr(room("a"), room("b")), "every change of the table"},
		{in, "n = '1' or '2'"},
		{expr.NewAnd(in, room("a")), "room = 'a'"},
	} {
		lines := strings.Join(w.hub.Explain(request("s", w.message, try.where, "id", "body")), "\n")
		if !strings.Contains(lines, "Routing: "+try.want+"\n") {
			t.Errorf("want routing %s in:\n%s", try.want, lines)
		}
		if !strings.Contains(lines, "Key: id\n") {
			t.Errorf("want the key in:\n%s", lines)
		}
	}
}

// TestRoutedByOldAndNewRow follows a row from one query to another.
func TestRoutedByOldAndNewRow(t *testing.T) {
	w := newWorld(t, HubOptions{})
	in, err := new(expr.Typing).NewIn(col(w.message, "n"), []expr.Expr{integer(1), integer(2)}, false, -1)
	if err != nil {
		t.Fatal(err)
	}
	c := w.client()
	c.subscribe(request("a", w.message, operator("=", col(w.message, "room"), text("a")), "id"))
	c.subscribe(request("b", w.message, operator("=", col(w.message, "room"), text("b")), "id"))
	c.subscribe(request("in", w.message, in, "id", "n"))
	w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(1, "a", "x", 1)) })
	c.take()
	c.events = nil
	before := w.hub.work.evaluated
	w.commit(func(tx *tables.Tx) { w.update(tx, w.message, "", row(1, "a", "x", 1), row(1, "b", "x", 2)) })
	c.expect(`changes a [{"op":"delete","reason":"leave","old":{"id":"1"}}]`,
		`changes b [{"op":"insert","reason":"enter","row":{"id":"1"}}]`,
		`changes in [{"op":"update","row":{"id":"1","n":2},"old":{"id":"1","n":1}}]`)
	if n := w.hub.work.evaluated - before; n != 3 {
		t.Errorf("%d dataflows were run", n)
	}
	w.commit(func(tx *tables.Tx) {
		w.update(tx, w.message, "", row(1, "b", "x", 2), types.Row{types.Int(1), types.Null, types.Null, types.Null})
	})
	c.expect(`changes b [{"op":"delete","reason":"leave","old":{"id":"1"}}]`,
		`changes in [{"op":"delete","reason":"leave","old":{"id":"1","n":2}}]`)
}

// TestPassedOver has many commits that concern nobody among a few that do: the
// position goes on with all of them, and nothing is lost where the worker was not
// asked.
func TestPassedOver(t *testing.T) {
	w := newWorld(t, HubOptions{})
	c := w.client()
	c.subscribe(request("a", w.message, operator("=", col(w.message, "room"), text("a")), "id"))
	c.take()
	c.events = nil
	var want []string
	for i := range 100 {
		room := "b"
		if i%23 == 7 {
			room = "a"
			want = append(want, fmt.Sprintf(`changes a [{"op":"insert","reason":"insert","row":{"id":"%d"}}]`, i))
		}
		seq := w.commit(func(tx *tables.Tx) { w.insert(tx, w.message, "", row(int64(i), room, "x", 1)) })
		if i%3 == 0 {
			if err := w.hub.Await(bg, seq); err != nil {
				t.Fatal(err)
			}
		}
		if i == 50 {
			c.expect(want...) // the worker rests
			want = nil
		}
	}
	c.expect(want...)
	if at, durable := w.hub.processed(), w.store.Durable(); at != durable {
		t.Errorf("the hub is at %d, the store at %d", at, durable)
	}
}
