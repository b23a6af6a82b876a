package plpgsql

import (
	_ "embed" // the names of conditions
	"strings"
	"sync"
)

// conditions.tsv has the names of conditions as appendix A of PostgreSQL's
// documentation lists them, and their SQLSTATEs.
//
//go:embed conditions.tsv
var conditionsText string

var conditions = sync.OnceValue(func() map[string][]string {
	out := map[string][]string{}
	for line := range strings.Lines(conditionsText) {
		name, code, _ := strings.Cut(strings.TrimSpace(line), "\t")
		out[name] = append(out[name], code)
	}
	return out
})

// ConditionCodes gives the SQLSTATEs that a condition's name stands for, nil for an
// unknown name.
func ConditionCodes(name string) []string { return conditions()[name] }
