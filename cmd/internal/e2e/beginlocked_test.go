package e2e

import (
	"fmt"
	"testing"
)

// TestLiveBeginsBesideALockedTable: live queries that wait for a table which somebody alters
// in an open transaction hold up none of another one.
func TestLiveBeginsBesideALockedTable(t *testing.T) {
	e := start(t)
	e.exec("CREATE TABLE locked (id int PRIMARY KEY, k int); CREATE TABLE free (id int PRIMARY KEY, k int); INSERT INTO free VALUES (1, 1)")
	owner := e.connect("postgres")
	for _, sql := range []string{"BEGIN", "ALTER TABLE locked ADD COLUMN more int"} {
		if _, err := owner.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	waiting := e.dial("postgres")
	for i := range 20 {
		sql := fmt.Sprintf("SELECT id FROM locked WHERE k = %d", i)
		if i%2 == 1 {
			sql = fmt.Sprintf("SELECT k, count(*) AS c FROM locked WHERE k > %d GROUP BY k", i)
		}
		waiting.send(map[string]any{"type": "subscribe", "subscription": map[string]any{"id": fmt.Sprint("s", i), "sql": sql}})
		if f := waiting.read(); f.Type != "subscription_ack" {
			t.Fatalf("%s", f.raw)
		}
	}
	c := e.dial("postgres")
	for id, sql := range map[string]string{"rows": "SELECT id FROM free", "groups": "SELECT k, count(*) AS c FROM free GROUP BY k"} {
		if rows, _, _ := c.subscribe(id, sql, nil); len(rows) != 1 {
			t.Errorf("%s: %v", sql, rows)
		}
	}
	if _, err := owner.Exec(t.Context(), "COMMIT"); err != nil {
		t.Fatal(err)
	}
	for begun := 0; begun < 20; {
		switch f := waiting.read(); f.Type {
		case "initial_data_batch":
			begun++
		default:
			t.Fatalf("%s", f.raw)
		}
	}
}
