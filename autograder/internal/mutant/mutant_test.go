package mutant

import (
	"go/parser"
	"go/token"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const program = `package main

import "fmt"

const limit = 10

func serve(conn net.Conn) error {
	defer conn.Close()
	n, err := conn.Read(buffer)
	if err != nil && n < limit {
		log.Printf("read: %v", 1)
		return err
	}
	for i := 0; i < n; i++ {
		count += 1
	}
	if err := flush(); err != nil {
		return fmt.Errorf("flush 7: %w", err)
	}
	fmt.Println("done")
	fmt.Println("done")
	return nil
}
`

func TestEveryKindOfChangeIsMadeOnceAndNamedByItsText(t *testing.T) {
	mutants, err := Of(map[string][]byte{"main.go": []byte(program)}, nil)
	require.NoError(t, err)
	var ids []string
	for _, m := range mutants {
		ids = append(ids, m.ID)
		_, err := parser.ParseFile(token.NewFileSet(), "main.go", m.Files["main.go"], 0)
		assert.NoError(t, err, m.ID)
	}
	assert.ElementsMatch(t, []string{
		"main.go: const: increase `10`",
		"main.go: serve: drop `defer conn.Close()`",
		"main.go: serve: negate `err != nil && n < limit`",
		"main.go: serve: swap `err != nil && n < limit`",
		"main.go: serve: swap `n < limit`",
		"main.go: serve: increase `0`",
		"main.go: serve: negate `i < n`",
		"main.go: serve: swap `i < n`",
		"main.go: serve: drop `count += 1`",
		"main.go: serve: increase `1`",
		"main.go: serve: negate `err != nil`",
		"main.go: serve: ignore `err != nil`",
		"main.go: serve: drop `fmt.Println(\"done\")`",
		"main.go: serve: lengthen `\"done\"`",
		"main.go: serve: drop `fmt.Println(\"done\")` (2)",
		"main.go: serve: lengthen `\"done\"` (2)",
	}, ids)
}

func TestOnlyTheChangedPlaceDiffersAndGivenFilesStay(t *testing.T) {
	files := map[string][]byte{"main.go": []byte("package main\n\nvar n = 1\n"), "loop.go": []byte("package main\n\nvar m = 1\n")}
	mutants, err := Of(files, []string{"loop.go"})
	require.NoError(t, err)
	require.Len(t, mutants, 1)
	assert.Equal(t, "package main\n\nvar n = 1+1\n", string(mutants[0].Files["main.go"]))
	assert.Equal(t, files["loop.go"], mutants[0].Files["loop.go"])
	assert.Equal(t, 3, mutants[0].Line)
	assert.Equal(t, "package main\n\nvar n = 1\n", string(files["main.go"]))
}

func TestAProgramThatCannotBeReadIsNamed(t *testing.T) {
	_, err := Of(map[string][]byte{"main.go": []byte("package")}, nil)
	require.ErrorContains(t, err, "main.go cannot be read")
}
