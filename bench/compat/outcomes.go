package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// outcome is what became of one test: pass, fail or skip, and what it printed.
// A test that never ended, because its program died, has no verdict.
type outcome struct {
	verdict string
	output  strings.Builder
}

// outcomes are the tests of a suite by package and name, subtests included.
type outcomes map[string]*outcome

// read takes the events of go test -json to their end.
func read(r io.Reader) (outcomes, error) {
	seen := outcomes{}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return seen, nil
		}
		if err != nil {
			return nil, err
		}
		var event struct{ Action, Package, Test, Output string }
		if json.Unmarshal(line, &event) != nil {
			continue
		}
		if event.Test == "" {
			// A program that ends without its tests says why.
			if event.Action == "fail" {
				seen.at(event.Package + " (the program)").verdict = "fail"
			} else if event.Action == "output" && strings.HasPrefix(event.Output, "panic:") {
				seen.at(event.Package + " (the program)").output.WriteString(event.Output)
			}
			continue
		}
		t := seen.at(event.Package + " " + event.Test)
		switch event.Action {
		case "output":
			t.output.WriteString(event.Output)
		case "pass", "fail", "skip":
			t.verdict = event.Action
		}
	}
}

func (o outcomes) at(test string) *outcome {
	if o[test] == nil {
		o[test] = &outcome{}
	}
	return o[test]
}

// report prints the score of a suite and the tests that only PostgreSQL passes.
// Tests count, and not their subtests, since a test that stops early hides some;
// a subtest is named where it is what failed.
func report(o options, name string, here, there outcomes) {
	var passes, both, failedThere int
	var missing []string
	for _, test := range slices.Sorted(maps.Keys(there)) {
		_, within, _ := strings.Cut(test, " ")
		top := !strings.Contains(within, "/") && !strings.HasSuffix(test, "(the program)")
		if there[test].verdict == "fail" && top {
			failedThere++
		}
		if there[test].verdict != "pass" {
			continue
		}
		ok := here[test] != nil && here[test].verdict == "pass"
		if top {
			passes++
			if ok {
				both++
			}
		}
		if !ok {
			missing = append(missing, test)
		}
	}
	for _, test := range missing {
		verdict := "not run"
		if h := here[test]; h != nil && h.verdict != "" {
			verdict = h.verdict
		}
		fmt.Printf("  %-8s %s\n", verdict, test)
		if o.verbose && here[test] != nil {
			fmt.Println(strings.TrimRight(here[test].output.String(), "\n"))
		}
	}
	share := 0.0
	if passes > 0 {
		share = 100 * float64(both) / float64(passes)
	}
	fmt.Printf("%s: of %d tests that pass on PostgreSQL (%d fail there), %d pass here: %.1f %%\n", name, passes, failedThere, both, share)
}
