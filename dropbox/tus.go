package dropbox

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/tus/tusd/v2/pkg/handler"
	"golang.org/x/exp/slog"

	"despatch/dropbox/intake"
	"despatch/dropbox/login"
)

const (
	uploadsPath = "/box/uploads"
	// finishTime is how long reading a large deposit back may take.
	finishTime = 10 * time.Minute
	// pauseTime is how long a body may pause.
	pauseTime = time.Minute
)

// tusExtensions are those that the box has: what tusd knows beside them is off.
const tusExtensions = "creation,creation-with-upload,termination,expiration"

// newTus makes tusd's handler over our own store of pieces. It needs no lock
// (intake), answers no other origin, and its log, which would hold paths, is nowhere.
func newTus(s *Server) (*handler.UnroutedHandler, error) {
	composer := handler.NewStoreComposer()
	composer.UseCore(tusStore{s})
	composer.UseTerminater(tusStore{s})
	return handler.NewUnroutedHandler(handler.Config{
		StoreComposer: composer, BasePath: uploadsPath, MaxSize: s.Intake.LargestUpload, NetworkTimeout: pauseTime,
		DisableDownload: true, DisableConcatenation: true, Cors: &handler.CorsConfig{Disable: true},
		Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	})
}

// tusCall is one request of the protocol on its way through tusd.
type tusCall struct {
	http.ResponseWriter
	s       *Server
	request *http.Request
	session login.Session

	upload *intake.Upload // that it is about, once it is known
	err    error          // of ours, which tusd does not know how to tell
	status int            // of a refusal that tusd wrote, which is told in our words
	said   string
}

type tusKey struct{}

func callOf(ctx context.Context) *tusCall { return ctx.Value(tusKey{}).(*tusCall) }

// tus hands a request to tusd and tells what it refuses in the table's words.
func (s *Server) tus(w http.ResponseWriter, r *http.Request, session login.Session, do func(*handler.UnroutedHandler) http.HandlerFunc) error {
	c := &tusCall{ResponseWriter: w, s: s, request: r, session: session}
	inner := r.WithContext(context.WithValue(r.Context(), tusKey{}, c))
	path := *r.URL
	path.Path = "/" + r.PathValue("deposit")
	inner.URL = &path
	s.tusd.Middleware(do(s.tusd)).ServeHTTP(c, inner)
	for _, name := range []string{"Content-Type", "Content-Length"} {
		if c.status != 0 {
			w.Header().Del(name)
		}
	}
	switch {
	case c.status == 0:
		return nil
	case c.err != nil:
		return c.err
	}
	return tusError(c.status, c.said)
}

// WriteHeader is http.ResponseWriter's: a refusal is held back.
func (c *tusCall) WriteHeader(status int) {
	h := c.Header()
	if status >= http.StatusBadRequest || c.err != nil {
		c.status = max(status, http.StatusBadRequest)
		return
	}
	if c.upload != nil {
		if h.Get("Location") != "" {
			h.Set("Location", uploadsPath+"/"+c.upload.ID()) // a proxy's name and scheme are not known here
		}
		if !c.upload.Finished() {
			h.Set("Upload-Expires", c.upload.Expires().Format(http.TimeFormat))
		}
	}
	if h.Get("Tus-Extension") != "" {
		h.Set("Tus-Extension", tusExtensions)
	}
	c.ResponseWriter.WriteHeader(status)
}

// Write is http.ResponseWriter's.
func (c *tusCall) Write(b []byte) (int, error) {
	if c.status != 0 {
		c.said += string(b)
		return len(b), nil
	}
	return c.ResponseWriter.Write(b)
}

// Unwrap is http.ResponseController's.
func (c *tusCall) Unwrap() http.ResponseWriter { return c.ResponseWriter }

// fail keeps an error of ours until tusd has ended with it.
func (c *tusCall) fail(err error) error {
	if err != nil && c.err == nil {
		c.err = err
	}
	return err
}

// right looks up again who sends: a session may end while a body arrives.
func (c *tusCall) right(ctx context.Context) error {
	now, err := c.s.session(ctx, c.request)
	if err == nil {
		c.session = now
	}
	return err
}

// tusError gives the error of the table for a refusal of tusd's own.
func tusError(status int, said string) error {
	code, _, _ := strings.Cut(said, ":")
	switch code {
	case "ERR_MAX_SIZE_EXCEEDED":
		return intake.ErrLargest
	case "ERR_UPLOAD_SIZE_EXCEEDED":
		return errBeyond
	case "ERR_MISMATCHED_OFFSET":
		return intake.ErrOvertook
	case "ERR_READ_TIMEOUT":
		return os.ErrDeadlineExceeded
	case "ERR_CONNECTION_RESET", "ERR_UNEXPECTED_EOF":
		return context.Canceled
	}
	if status == http.StatusPreconditionFailed {
		return errTusVersion
	}
	if status < http.StatusInternalServerError || status == http.StatusNotImplemented {
		return errNotTus
	}
	return errors.New("tus: " + said)
}

// tusStore is tusd's view of intake.
type tusStore struct{ s *Server }

// NewUpload is handler.DataStore's.
func (t tusStore) NewUpload(ctx context.Context, info handler.FileInfo) (handler.Upload, error) {
	c := callOf(ctx)
	d, err := intake.ParseMetadata(strings.Join(c.request.Header.Values("Upload-Metadata"), ","))
	if err != nil {
		return nil, c.fail(err)
	}
	quota := 0
	if school := c.session.Register.School(d.School); school != nil {
		quota = school.Quota
	}
	u, err := t.s.Intake.Begin(ctx, &c.session.Account, quota, d, info.Size)
	if err != nil {
		return nil, c.fail(err)
	}
	c.upload = u
	return tusUpload{c, u}, nil
}

// GetUpload is handler.DataStore's. Another account's is not there.
func (t tusStore) GetUpload(ctx context.Context, id string) (handler.Upload, error) {
	c := callOf(ctx)
	u, err := t.s.Intake.Upload(ctx, c.session.Account.Opaque, id)
	if err != nil {
		return nil, c.fail(err)
	}
	c.upload = u
	return tusUpload{c, u}, nil
}

// AsTerminatableUpload is handler.TerminaterDataStore's.
func (tusStore) AsTerminatableUpload(u handler.Upload) handler.TerminatableUpload {
	return u.(tusUpload)
}

// tusUpload is tusd's view of one upload in one request.
type tusUpload struct {
	c *tusCall
	u *intake.Upload
}

// GetInfo is handler.Upload's.
func (t tusUpload) GetInfo(context.Context) (handler.FileInfo, error) {
	return handler.FileInfo{ID: t.u.ID(), Size: t.u.Total(), Offset: t.u.Offset()}, nil
}

// WriteChunk is handler.Upload's.
func (t tusUpload) WriteChunk(ctx context.Context, _ int64, src io.Reader) (int64, error) {
	n, err := t.c.s.Intake.Write(ctx, t.u, &paced{of: src, began: time.Now()}, t.c.right)
	return n, t.c.fail(err)
}

// FinishUpload is handler.Upload's.
func (t tusUpload) FinishUpload(ctx context.Context) error {
	if t.c.err != nil {
		return t.c.err
	}
	if err := t.c.right(ctx); err != nil {
		return t.c.fail(err)
	}
	if err := http.NewResponseController(t.c.ResponseWriter).SetWriteDeadline(time.Now().Add(finishTime)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return t.c.fail(err)
	}
	isNew, err := t.c.s.Intake.Finish(ctx, t.u, &t.c.session.Account)
	if isNew {
		t.c.s.gauges.taken(t.u.Total())
	}
	return t.c.fail(err)
}

// Terminate is handler.TerminatableUpload's.
func (t tusUpload) Terminate(ctx context.Context) error {
	return t.c.fail(t.c.s.Intake.Delete(ctx, t.u))
}

// GetReader is handler.Upload's; nothing is read by this way.
func (tusUpload) GetReader(context.Context) (io.ReadCloser, error) {
	return nil, handler.ErrNotImplemented
}

// paced ends a body that is slower than any body may be.
type paced struct {
	of    io.Reader
	began time.Time
	n     int64
}

// Read is io.Reader's.
func (p *paced) Read(b []byte) (int, error) {
	if time.Since(p.began) > bodyTime+time.Duration(p.n/slowRate)*time.Second {
		return 0, os.ErrDeadlineExceeded
	}
	n, err := p.of.Read(b)
	p.n += int64(n)
	return n, err
}
