package history

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/kalamsql/kalamsql/cmd/internal/testserver"
)

var (
	forTime = flag.Duration("for", 0, "run random histories for so long")
	seed    = flag.Uint64("seed", 1, "the first seed")
	oracle  = flag.String("dsn", "", "a server to run on instead of one's own")
)

func server(t *testing.T) string {
	if *oracle != "" {
		return *oracle
	}
	return testserver.Start(t).DSN("postgres")
}

// TestHistories runs random transactions at each level and demands that what
// they saw keeps the promise; -for makes it long, -seed runs a failure again.
func TestHistories(t *testing.T) {
	dsn := server(t)
	start := time.Now()
	rounds, committed := 0, 0
	for s := *seed; s < *seed+2 || time.Since(start) < *forTime; s++ {
		for level := ReadCommitted; level <= Serializable; level++ {
			shape := rand.New(rand.NewPCG(s, 0))
			p := Plan{Seed: s, Level: level, Clients: 2 + shape.IntN(7), Txns: 60, Keys: 1 + shape.IntN(6)}
			txns, err := Run(t.Context(), dsn, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range Check(txns) {
				if level.Forbidden(a) {
					t.Errorf("-seed %d at %s: %s", s, level, a)
				}
			}
			for _, x := range txns {
				if x.Committed {
					committed++
				}
			}
			reads, err := RunSets(t.Context(), dsn, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range CheckSets(reads) {
				t.Errorf("-seed %d at %s, sets: %s", s, level, a)
			}
		}
		ops, err := RunRegisters(t.Context(), dsn, Plan{Seed: s, Clients: 6, Txns: 100, Keys: 3})
		if err != nil {
			t.Fatal(err)
		}
		if !Linearizable(ops) {
			t.Errorf("-seed %d: registers are not linearizable", s)
		}
		rounds++
		if t.Failed() {
			break
		}
	}
	t.Logf("%d seeds, %d transactions over lists committed", rounds, committed)
}

// TestWeakLevelsShowAnomalies makes sure that the histories are hard enough: at
// the weaker levels they have anomalies that the stronger exclude.
func TestWeakLevelsShowAnomalies(t *testing.T) {
	dsn := server(t)
	want := map[Level]string{ReadCommitted: "G-single", RepeatableRead: "G2"}
	for level, name := range want {
		found := false
		for s := uint64(1); s < 60 && !found; s++ {
			txns, err := Run(t.Context(), dsn, Plan{Seed: s, Level: level, Clients: 8, Txns: 60, Keys: 3})
			if err != nil {
				t.Fatal(err)
			}
			found = slices.ContainsFunc(Check(txns), func(a Anomaly) bool { return a.Name == name })
		}
		if !found {
			t.Errorf("no %s at %s: the histories prove nothing", name, level)
		}
	}
}

func add(key, value int) Op { return Op{Append: true, Key: key, Value: value} }

func see(key int, values ...int) Op { return Op{Key: key, Read: values} }

// TestSeededViolations proves that the checker can fail: one history for each
// anomaly.
func TestSeededViolations(t *testing.T) {
	txn := func(committed bool, ops ...Op) *Txn { return &Txn{Ops: ops, Committed: committed} }
	for name, txns := range map[string][]*Txn{
		"G0":                 {txn(true, add(1, 1), add(2, 2)), txn(true, add(1, 3), add(2, 4)), txn(true, see(1, 1, 3), see(2, 4, 2))},
		"G1a":                {txn(false, add(1, 1)), txn(true, see(1, 1))},
		"G1b":                {txn(true, add(1, 1), add(1, 2)), txn(true, see(1, 1)), txn(true, see(1, 1, 2))},
		"G1c":                {txn(true, add(1, 1), see(2, 2)), txn(true, add(2, 2), see(1, 1))},
		"G-single":           {txn(true, see(1), see(2, 2)), txn(true, add(1, 1), add(2, 2)), txn(true, see(1, 1))},
		"G2":                 {txn(true, see(1), add(2, 2)), txn(true, see(2), add(1, 1)), txn(true, see(1, 1), see(2, 2))},
		"G-nonadjacent":      {txn(true, see(1), see(2, 2)), txn(true, add(1, 1)), txn(true, see(1, 1), see(2)), txn(true, add(2, 2))},
		"internal":           {txn(true, add(1, 1), see(1))},
		"incompatible order": {txn(true, add(1, 1)), txn(true, add(1, 2)), txn(true, see(1, 1, 2)), txn(true, see(1, 2))},
		"duplicate":          {txn(true, add(1, 1)), txn(true, see(1, 1, 1))},
	} {
		for i, x := range txns {
			x.ID = i
		}
		if found := Check(txns); !slices.ContainsFunc(found, func(a Anomaly) bool { return a.Name == name }) {
			t.Errorf("%s was not found, but %v", name, found)
		}
	}
	op := func(kind byte, new, out int, call, end int64) porcupine.Operation {
		return porcupine.Operation{Input: registerInput{key: 1, kind: kind, new: new}, Output: out, Call: call, Return: end}
	}
	if Linearizable([]porcupine.Operation{op('w', 1, 0, 1, 2), op('r', 0, 0, 3, 4)}) {
		t.Error("a stale read was not found")
	}
	if !Linearizable([]porcupine.Operation{op('w', 1, 0, 1, 5), op('r', 0, 0, 2, 3)}) {
		t.Error("a read beside a write is no stale one")
	}
	sets := func(a, b []int, known ...int) []SetRead {
		r := SetRead{Known: known, Refused: map[int]bool{9: true}}
		for i, list := range [][]int{a, b} {
			r.Sets[i] = map[int]bool{}
			for _, e := range list {
				r.Sets[i][e] = true
			}
		}
		return []SetRead{r}
	}
	for name, reads := range map[string][]SetRead{"fractured read": sets([]int{1}, nil), "G1a": sets([]int{9}, []int{9}), "lost": sets(nil, nil, 1)} {
		if found := fmt.Sprint(CheckSets(reads)); len(CheckSets(reads)) == 0 || CheckSets(reads)[0].Name != name {
			t.Errorf("%s: %s", name, found)
		}
	}
}
