package run

import (
	"context"
	"sync"
	"time"

	"github.com/coder/terraform-provider-factory/internal/coder"
)

// budget is the time that all calls of a process may take together.
type budget struct {
	mu    sync.Mutex
	spent time.Duration
}

// begin is a context for calls, with the time that is left. The function ends it.
func (b *budget) begin() (context.Context, func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	ctx, cancel := context.WithTimeout(context.Background(), coder.Budget-b.spent)
	start := time.Now()
	return ctx, func() {
		cancel()
		b.mu.Lock()
		defer b.mu.Unlock()
		b.spent += time.Since(start)
	}
}
