package serve

import (
	"runtime"
	"testing"
)

// TestDefaultCache: the cache grows with the machine, within bounds.
func TestDefaultCache(t *testing.T) {
	for memory, want := range map[int64]int64{
		0: 256 << 20, 512 << 20: 128 << 20, 4 << 30: 256 << 20, 8 << 30: 256 << 20, 16 << 30: 512 << 20, 32 << 30: 1 << 30, 1 << 40: 2 << 30,
	} {
		if got := defaultCache(memory); got != want {
			t.Errorf("with %d bytes of memory the cache is %d, want %d", memory, got, want)
		}
	}
	if got := memory(); runtime.GOOS == "linux" && got < 64<<20 {
		t.Errorf("this machine has %d bytes of memory", got)
	}
}
