package e2e

import (
	"fmt"
	"testing"
)

// TestLivePartialIndexes: what a partial index says of its entries is asked of every change all the
// same, of tables that others inherit from and of partitions too.
func TestLivePartialIndexes(t *testing.T) {
	e := start(t)
	e.exec(`CREATE TABLE plain (id int PRIMARY KEY, v int); CREATE INDEX ON plain (id) WHERE v > 5;
		CREATE TABLE parent (id int PRIMARY KEY, v int); CREATE INDEX ON parent (id) WHERE v > 5; CREATE TABLE heir () INHERITS (parent);
		CREATE TABLE parted (id int, v int) PARTITION BY HASH (id); CREATE TABLE part PARTITION OF parted FOR VALUES WITH (MODULUS 1, REMAINDER 0); CREATE INDEX ON parted (id) WHERE v > 5`)
	for _, table := range []string{"plain", "parent", "parted"} {
		c := e.dial("postgres")
		e.exec("INSERT INTO " + table + " VALUES (1, 6), (2, 5)")
		for i, sql := range []string{"SELECT id FROM %s WHERE v > 5", "SELECT id FROM %s WHERE v > 5 ORDER BY id LIMIT 5", "SELECT max(id) AS id FROM %s WHERE v > 5",
			"SELECT p.id FROM %s AS p JOIN plain AS q ON q.id = p.id WHERE p.v > 5", "SELECT 1 AS id WHERE NULL NOT IN (SELECT id FROM %s WHERE v > 6)"} {
			rows, _, _ := c.subscribe(fmt.Sprint(table, i), fmt.Sprintf(sql, table), nil)
			if len(rows) != 1 || fmt.Sprint(rows[0]["id"]) != "1" {
				t.Errorf(sql+": %v", table, rows)
			}
		}
		e.exec("INSERT INTO " + table + " VALUES (3, 5)")
		e.exec("UPDATE " + table + " SET v = 7 WHERE id = 1")
		e.exec("DELETE FROM " + table + " WHERE id = 2")
		changes := map[string]string{}
		for changes[table+"4"] == "" {
			for _, s := range c.read().Subscriptions {
				for _, ch := range s.Changes {
					changes[s.ID] += fmt.Sprint(ch.Op, " ")
				}
			}
		}
		if len(changes) != 1 {
			t.Errorf("%s: %v", table, changes)
		}
	}
}
