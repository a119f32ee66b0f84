package dropbox

import "context"

// SweepOnce does what Sweep does each hour.
func (s *Server) SweepOnce(ctx context.Context) error { return s.sweep(ctx) }

// Routes lists all routes as "METHOD pattern", for the test that every one has a
// rule.
func Routes() []string {
	var out []string
	for _, r := range routes {
		out = append(out, r.method+" "+r.pattern)
	}
	return out
}
