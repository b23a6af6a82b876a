package types

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestSmallNumerics: what is read and made with integers is what the way by text gives.
func TestSmallNumerics(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	texts := []string{"0", "0.00", "-0.0", "1", "10000", "100000000", "0.0001", "0.00010", "999999999999999", "1000000000000000", "-99999999999.9999", "0.000000000000001",
		"1e15", "1e16", "12345678901234567890", "0.00000000000000000001", "9999.9999", "10000.0001"}
	for range 20000 {
		s := fmt.Sprint(rng.Int64N(smallPowers[rng.IntN(16)] * 10))
		if rng.IntN(2) == 0 {
			at := rng.IntN(len(s) + 1)
			s = strings.TrimSuffix(s[:at]+"."+s[at:], ".")
		}
		s += strings.Repeat("0", rng.IntN(6))
		if rng.IntN(2) == 0 {
			s = "-" + s
		}
		texts = append(texts, s)
	}
	for _, s := range texts {
		d, err := ParseNumeric(s)
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		was := Object(d)
		b := Numeric.AppendBinary(nil, was, DefaultEnv)
		var room [5]uint16
		if groups, weight, ok := smallGroups(room[:], d.Coeff.Int64(), NumericScale(d)); d.Coeff.IsInt64() && ok && d.Coeff.Sign() != 0 {
			if long, at := longGroups(&d.Coeff, NumericScale(d)); at != weight || !slices.Equal(groups, long) {
				t.Fatalf("%s: groups %v at %d, want %v at %d", s, groups, weight, long, at)
			}
		}
		is, err := Numeric.Receive(b, NoTypmod, DefaultEnv)
		if err != nil || is.Numeric().Negative != d.Negative || is.Numeric().Exponent != d.Exponent || is.Numeric().Coeff.Cmp(&d.Coeff) != 0 {
			t.Fatalf("%s: read %v, %v", s, is.Numeric(), err)
		}
	}
}

func TestSmallNumericsCutOff(t *testing.T) {
	// Two digits of scale declared for four: 12.3456 is 12.34, as numeric_recv has it.
	b, _ := hex.DecodeString("0002" + "0000" + "0000" + "0002" + "000c" + "0d80")
	d, err := Numeric.Receive(b, NoTypmod, DefaultEnv)
	if err != nil || d.Numeric().Text('f') != "12.34" {
		t.Errorf("%v, %v", d.Numeric().Text('f'), err)
	}
	if _, err := Numeric.Receive(append(b[:10:10], 0x27, 0x10), NoTypmod, DefaultEnv); err == nil {
		t.Error("a digit of 10000 was read")
	}
}
