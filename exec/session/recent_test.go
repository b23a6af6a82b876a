package session

import (
	"fmt"
	"testing"
)

func TestRecentRemembersWhatComesAgain(t *testing.T) {
	s := &Session{settings: &settings{}}
	same := func(text string) bool {
		a, err := s.parse(text)
		if err != nil {
			t.Fatal(err)
		}
		b, err := s.parse(text)
		if err != nil {
			t.Fatal(err)
		}
		return a[0].Statement == b[0].Statement
	}
	if same("SELECT 1") {
		t.Error("a text was remembered at first sight")
	}
	if !same("SELECT 1") {
		t.Error("a text was forgotten")
	}
	for i := range recentStatements {
		same(fmt.Sprintf("SELECT %d, 2", i))
		if !same(fmt.Sprintf("SELECT %d, 2", i)) {
			t.Errorf("text %d was forgotten", i)
		}
	}
	if s.recent.find("SELECT 1") != nil {
		t.Error("more is remembered than there is room for")
	}
	if len(s.recent.list) != recentStatements {
		t.Errorf("%d texts", len(s.recent.list))
	}
}
