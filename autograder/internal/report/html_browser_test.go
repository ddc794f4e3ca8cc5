package report

import (
	"context"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// browser starts a browser without a window, and records every address that it asks for.
func browser(t *testing.T) (context.Context, func() []string) {
	t.Helper()
	var program string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skip("no Chromium or Chrome is installed; on Debian: apt-get install chromium")
	}
	folder, err := os.MkdirTemp("", "browser-")
	require.NoError(t, err)
	t.Cleanup(func() { // the last of its processes may still write when the first has ended
		assert.Eventually(t, func() bool { return os.RemoveAll(folder) == nil }, 20*time.Second, 10*time.Millisecond)
	})
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.WindowSize(1280, 1600),
		chromedp.Env("TMPDIR="+folder), chromedp.UserDataDir(folder))
	if os.Getuid() == 0 {
		options = append(options, chromedp.NoSandbox) // root cannot have one; the pages are this test's own
	}
	limited, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	t.Cleanup(cancel)
	allocator, cancel := chromedp.NewExecAllocator(limited, options...)
	t.Cleanup(cancel)
	ctx, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	var mutex sync.Mutex
	var asked []string
	chromedp.ListenTarget(ctx, func(event any) {
		if request, ok := event.(*network.EventRequestWillBeSent); ok {
			mutex.Lock()
			defer mutex.Unlock()
			asked = append(asked, request.Request.URL)
		}
	})
	require.NoError(t, chromedp.Run(ctx, network.Enable()))
	return ctx, func() []string {
		mutex.Lock()
		defer mutex.Unlock()
		return append([]string{}, asked...)
	}
}

func pageFile(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(path)}).String()
}

// picture keeps a screenshot where TCPLAB_SCREENSHOTS says, for people to look at, and returns it.
func picture(t *testing.T, ctx context.Context, name, scheme string) []byte {
	t.Helper()
	var png []byte
	require.NoError(t, chromedp.Run(ctx,
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}),
		chromedp.FullScreenshot(&png, 100)))
	require.True(t, strings.HasPrefix(string(png), "\x89PNG"))
	if folder := os.Getenv("TCPLAB_SCREENSHOTS"); folder != "" {
		require.NoError(t, os.WriteFile(filepath.Join(folder, name+"-"+scheme+".png"), png, 0o644))
	}
	return png
}

func TestAHintOpensInABrowserAndNothingIsLoaded(t *testing.T) {
	ctx, asked := browser(t)
	address := pageFile(t, "student.html", render(t, "html", onTheWire()))
	var before, after, wide bool
	require.NoError(t, chromedp.Run(ctx, chromedp.Navigate(address),
		chromedp.Evaluate(`document.querySelector(".hint").open`, &before),
		chromedp.Click(".hint summary", chromedp.ByQuery),
		chromedp.Evaluate(`document.querySelector(".hint").open`, &after),
		chromedp.Evaluate(`document.documentElement.scrollWidth > innerWidth`, &wide)))
	assert.False(t, before)
	assert.True(t, after)
	assert.False(t, wide, "the page scrolls sideways")
	assert.NotEqual(t, picture(t, ctx, "student", "light"), picture(t, ctx, "student", "dark"), "dark looks like light")
	assert.Equal(t, []string{address}, asked())
}

func TestTheFilterLeavesTheStudentsThatMatch(t *testing.T) {
	ctx, asked := browser(t)
	text, _ := classPage(t, lectureHall(30), hallOptions())
	address := pageFile(t, "class.html", text)
	var rows int
	var shown string
	const count = `Array.from(document.querySelectorAll("#rows tr")).filter(row => row.checkVisibility()).length`
	require.NoError(t, chromedp.Run(ctx, chromedp.Navigate(address), chromedp.Evaluate(count, &rows)))
	assert.Equal(t, 30, rows)
	assert.NotEqual(t, picture(t, ctx, "class", "light"), picture(t, ctx, "class", "dark"), "dark looks like light")
	require.NoError(t, chromedp.Run(ctx, chromedp.SendKeys("#filter", "hopper", chromedp.ByQuery),
		chromedp.Evaluate(count, &rows), chromedp.Text("#shown", &shown, chromedp.ByQuery)))
	assert.Equal(t, 5, rows)
	assert.Equal(t, "5 of 30", shown)
	assert.Equal(t, []string{address}, asked())
}
