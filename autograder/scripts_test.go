package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"autograder": main})
}

// TestTheAutograderFromEndToEnd runs the scripts in testdata/scripts, each a story of one reader's. Besides testscript's own
// commands they have
//
//	status N autograder ...   run it and want this exit status
//	copylab DIR               make a copy of the lab, for a script that changes it
//	pack FILE DIR [NAME]      make an archive of a folder, of the kind that FILE ends in, with one more entry called NAME
//	halve FILE                cut the second half of a file off
func TestTheAutograderFromEndToEnd(t *testing.T) {
	root, err := labRoot()
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("testdata", "scripts"),
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LAB", root)
			autograder, err := exec.LookPath("autograder") // for a script that takes PATH away
			if err != nil {
				return err
			}
			env.Setenv("AUTOGRADER", autograder)
			// what is compiled already is found in the user's own caches
			for name, value := range map[string]func() (string, error){
				"XDG_CACHE_HOME": os.UserCacheDir,
				"GOCACHE":        goEnv("GOCACHE"),
				"GOMODCACHE":     goEnv("GOMODCACHE"),
			} {
				text, err := value()
				if err != nil {
					return err
				}
				env.Setenv(name, text)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status":  wantStatus,
			"copylab": func(ts *testscript.TestScript, _ bool, args []string) { copyLab(ts, root, args) },
			"pack":    pack,
			"halve":   halve,
		},
	})
}

func goEnv(name string) func() (string, error) {
	return func() (string, error) {
		value, err := exec.Command("go", "env", name).Output()
		return strings.TrimSpace(string(value)), err
	}
}

func wantStatus(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 {
		ts.Fatalf("usage: status N program [argument ...]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		got = exit.ExitCode()
	} else if err != nil {
		ts.Fatalf("%v", err)
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// copyLab copies what of the lab takes part in grading. The copies of the hidden tests are built already, since it is their
// content that counts.
func copyLab(ts *testscript.TestScript, root string, args []string) {
	if len(args) != 1 {
		ts.Fatalf("usage: copylab DIR")
	}
	to := ts.MkAbs(args[0])
	for _, name := range []string{"autograder", "exercises", "solutions", "go.mod", "go.sum"} {
		ts.Check(filepath.WalkDir(filepath.Join(root, name), func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			relative, err := filepath.Rel(root, path)
			if err != nil || entry.IsDir() {
				return errors.Join(err, os.MkdirAll(filepath.Join(to, relative), 0o700))
			}
			content, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(filepath.Join(to, relative), content, 0o600))
		}))
	}
}

func pack(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) < 2 || len(args) > 3 {
		ts.Fatalf("usage: pack FILE DIR [NAME]")
	}
	file, err := os.Create(ts.MkAbs(args[0]))
	ts.Check(err)
	folder, more := os.DirFS(ts.MkAbs(args[1])), args[2:]
	if strings.HasSuffix(args[0], ".zip") {
		w := zip.NewWriter(file)
		ts.Check(w.AddFS(folder))
		for _, name := range more {
			_, err := w.Create(name)
			ts.Check(err)
		}
		ts.Check(errors.Join(w.Close(), file.Close()))
		return
	}
	compressed := io.WriteCloser(file)
	if !strings.HasSuffix(args[0], ".tar") {
		compressed = gzip.NewWriter(file)
	}
	w := tar.NewWriter(compressed)
	ts.Check(w.AddFS(folder))
	for _, name := range more {
		ts.Check(w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name}))
	}
	ts.Check(errors.Join(w.Close(), compressed.Close()))
	_ = file.Close() // closed already where nothing was compressed
}

func halve(ts *testscript.TestScript, negated bool, args []string) {
	if negated || len(args) != 1 {
		ts.Fatalf("usage: halve FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[0]))
	ts.Check(err)
	ts.Check(os.Truncate(ts.MkAbs(args[0]), info.Size()/2))
}
