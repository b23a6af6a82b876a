package pgcatalog

import (
	_ "embed" // the names of the zones
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/types"
)

// zoneNames are those of the time zones that the binary has, one a line: the files of Go's
// zoneinfo.zip.
//
//go:embed pg15/timezones.txt
var zoneNames string

func init() {
	makes("pg_timezone_names", func(_ *Snapshot, out *rows) {
		now := time.Now()
		for name := range strings.FieldsSeq(zoneNames) {
			zone, err := time.LoadLocation(name)
			if err != nil {
				continue
			}
			at := now.In(zone)
			abbrev, east := at.Zone()
			out.add("name", name, "abbrev", abbrev, "utc_offset", eastOf(east), "is_dst", at.IsDST())
		}
	})
	makes("pg_timezone_abbrevs", func(_ *Snapshot, out *rows) {
		now := types.TimestampFromTime(time.Now())
		for _, a := range types.Abbrevs() {
			east, daylight, ok := a.At(now)
			if !ok {
				east = int((a.ToLocal(now) - now) / types.MicrosPerSecond)
			}
			out.add("abbrev", a.Name, "utc_offset", eastOf(east), "is_dst", daylight)
		}
	})
}

// eastOf is so many seconds as an interval.
func eastOf(seconds int) types.Datum {
	return types.Object(types.Interval{Micros: int64(seconds) * types.MicrosPerSecond})
}
