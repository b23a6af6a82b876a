package types

import (
	"slices"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
)

// CheckUniqueJSON says whether s is a JSON text none of whose objects has a key twice
// (22030).
func CheckUniqueJSON(s string) error {
	p := jsonParser{s: s, unique: true}
	_, err := p.document()
	return err
}

// uniqueKeys demands that the keys of an object are different.
func uniqueKeys(keys []string) error {
	if len(keys) < 2 {
		return nil
	}
	sorted := slices.Sorted(slices.Values(keys))
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return DuplicateJSONKey(sorted[i])
		}
	}
	return nil
}

// DuplicateJSONKey is 22030 for a key that an object has twice.
func DuplicateJSONKey(key string) error {
	return sqlerr.New(sqlerr.DuplicateJSONObjectKeyValue, "duplicate JSON object key value: %s", string(AppendJSONString(nil, key)))
}

// JSONTextKind says what a JSON text is: of the scalars JSONNull, whichever it is.
func JSONTextKind(s string) JSONKind {
	for i := range len(s) {
		switch s[i] {
		case ' ', '\t', '\n', '\r':
			continue
		case '{':
			return JSONObject
		case '[':
			return JSONArray
		}
		break
	}
	return JSONNull
}
