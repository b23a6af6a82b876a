package serve

import (
	"bufio"
	"os"
	"strconv"
	"strings"
)

const (
	// leastCache is the block cache where memory is not known, or small.
	leastCache = 256 << 20
	// mostCache is the largest that nobody has asked for.
	mostCache = 2 << 30
)

// defaultCache is the size of the block cache on a machine with so many bytes of memory; 0
// is not known. A thirty-second is not missed by others, and with the caches beside it, which are
// half as much, it holds the tables that machines of that size are got for more often than 256 MiB does.
func defaultCache(memory int64) int64 {
	if memory <= 0 {
		return leastCache
	}
	return min(max(memory/32, leastCache), mostCache, max(memory/4, 16<<20))
}

// memory is how many bytes there are for this process: the machine's, or what its control group
// may have if that is less; 0 where neither is told.
func memory() int64 {
	least := int64(0)
	note := func(bytes int64) {
		if bytes > 0 && (least == 0 || bytes < least) {
			least = bytes
		}
	}
	if f, err := os.Open("/proc/meminfo"); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "MemTotal:" {
				kilobytes, _ := strconv.ParseInt(fields[1], 10, 64)
				note(kilobytes << 10)
				break
			}
		}
	}
	for _, limit := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(limit); err == nil {
			bytes, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64) // "max" is none
			note(bytes)
		}
	}
	return least
}
