package types

import "testing"

func BenchmarkParseJSON(b *testing.B) {
	for _, s := range []string{`{"a": 12345, "b": [12345, 24690, "x12345"], "c": {"k": "v45"}}`,
		`{"id": 17, "name": "Ada", "tags": ["x", "y"], "active": true, "score": 12.5, "parent": null, "address": {"street": "Long Lane 7", "zip": "12345"}}`} {
		b.Run("", func(b *testing.B) {
			b.ReportAllocs()
			for range b.N {
				if _, err := ParseJSON(s); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
