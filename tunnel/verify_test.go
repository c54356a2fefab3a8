package tunnel

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"
)

// An address is probed again after an hour in which nobody used it, and not
// before: whether somebody did is no question of the clock.
func TestAnAddressThatIsUsedIsNotProbed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		v := newVerifier(nil, newReporter(nil))
		v.report.set(func(s *Status) { s.State = Live })
		served := v.watch(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		rested := make(chan time.Duration)
		begin := time.Now()
		go func() {
			v.rest(t.Context())
			rested <- time.Since(begin)
		}()
		for range 3 {
			time.Sleep(probeAgain - time.Minute)
			synctest.Wait()
			served.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil))
			time.Sleep(time.Minute)
			synctest.Wait()
		}
		if took := <-rested; took != 4*probeAgain {
			t.Errorf("probed after %v, want %v: an hour after the last that was used", took, 4*probeAgain)
		}
	})
}
