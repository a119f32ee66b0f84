package dropbox

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// gauges are the server's figures for Prometheus. No label names anybody: routes
// are patterns, codes are those of the table.
type gauges struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	deposits prometheus.Counter
	bytes    prometheus.Counter
}

func newGauges(s *Server) *gauges {
	g := &gauges{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "despatchbox_requests_total", Help: "Requests answered."}, []string{"route", "status", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "despatchbox_request_seconds", Help: "How long requests took.", Buckets: prometheus.ExponentialBuckets(0.001, 2, 14),
		}, []string{"route"}),
		deposits: prometheus.NewCounter(prometheus.CounterOpts{Name: "despatchbox_deposits_total", Help: "Deposits taken, with receipt."}),
		bytes:    prometheus.NewCounter(prometheus.CounterOpts{Name: "despatchbox_deposited_bytes_total", Help: "Bytes of deposits taken."}),
	}
	gauge := func(name, help string, value func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value)
	}
	g.registry.MustRegister(
		g.requests, g.seconds, g.deposits, g.bytes,
		gauge("despatchbox_log_head", "Number of the log's newest head.", func() float64 { return float64(s.Log.Newest().Number) }),
		gauge("despatchbox_log_leaves", "Leaves of the log.", func() float64 { return float64(s.Log.Newest().After.Size) }),
		gauge("despatchbox_log_time_seconds", "Time of the log's last leaf.", func() float64 { return float64(s.Log.Newest().Last().Unix()) }),
		gauge("despatchbox_log_broken", "1 when the log can no longer be extended.", func() float64 {
			if s.Log.Broken() != nil {
				return 1
			}
			return 0
		}),
		gauge("despatchbox_site_serial", "Serial of the served site's head.", func() float64 {
			if s.Site == nil {
				return 0
			}
			return float64(s.Site.Serial())
		}),
	)
	return g
}

func (g *gauges) answered(rec *recorder, took time.Duration) {
	g.requests.WithLabelValues(rec.route, strconv.Itoa(rec.status), rec.code).Inc()
	g.seconds.WithLabelValues(rec.route).Observe(took.Seconds())
}

func (g *gauges) taken(size int64) {
	g.deposits.Inc()
	g.bytes.Add(float64(size))
}

// Operations answers /healthz, /readyz and /metrics, for a listener of its own
// that only the operators reach.
func (s *Server) Operations() http.Handler {
	m := http.NewServeMux()
	m.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"state": "alive"})
	})
	m.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := s.Ready(r.Context()); err != nil {
			writeJSON(w, http.StatusServiceUnavailable, map[string]string{"state": "not ready", "cause": cause(err)})
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"state": "ready"})
	})
	m.Handle("GET /metrics", promhttp.HandlerFor(s.gauges.registry, promhttp.HandlerOpts{}))
	return m
}
