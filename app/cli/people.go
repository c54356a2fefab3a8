package cli

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"folderfront/app/state"
)

func newPeople(e *environment) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "people",
		Short: "Name the people who may come in, and what each may do",
		Long: `Name the people who may come in, by Workfront username, and what each may do.

While nobody is named, every username has what the API key has. As soon as
somebody is, all others are refused.`,
	}
	cmd.AddCommand(newPeopleAdd(e), newPeopleList(e), newPeopleRemove(e))
	return group(cmd)
}

func newPeopleAdd(e *environment) *cobra.Command {
	var folders []string
	var passwordStdin, asJSON bool
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Let a person in, or change what they may do",
		Long: `Let a person in, or change what they may do.

Without --folder a new person sees nothing yet. "*" stands for every folder,
and a folder that is named goes before it. With a password the person can sign
in to open links in a browser; without one, you let each browser in yourself.`,
		Example: `  folderfront people add jane@example.com --folder Brand=write --folder Legal=read
  folderfront people add joe@example.com --folder "*=read" --password-stdin < password.txt`,
		Args: exactly(1, "a Workfront username"),
		RunE: func(cmd *cobra.Command, args []string) error {
			command := state.AddPerson{Name: args[0]}
			var err error
			if command.Folders, err = parseRights(folders); err != nil {
				return err
			}
			if passwordStdin {
				if command.Password, err = readPassword(cmd.InOrStdin()); err != nil {
					return err
				}
			}
			if err := e.do(cmd, command); err != nil || !asJSON {
				return err
			}
			return e.printPerson(cmd, args[0])
		},
	}
	cmd.Flags().StringArrayVar(&folders, "folder", nil, "SHARE=read|write|none: what they may do in a shared folder (repeatable)")
	cmd.Flags().BoolVar(&passwordStdin, "password-stdin", false, "read a password from standard input")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the person as JSON")
	return cmd
}

// parseRights reads SHARE=RIGHT words.
func parseRights(words []string) (map[string]string, error) {
	rights := map[string]string{}
	for _, word := range words {
		share, right, ok := strings.Cut(word, "=")
		if _, twice := rights[share]; !ok || share == "" || twice || !slices.Contains([]string{"read", "write", "none"}, right) {
			return nil, usagef("--folder takes SHARE=read, SHARE=write or SHARE=none, each share once, not %q.", word)
		}
		rights[share] = right
	}
	return rights, nil
}

// readPassword reads all of in, without the end of its line.
func readPassword(in io.Reader) (*string, error) {
	raw, err := io.ReadAll(io.LimitReader(in, 1<<16))
	if err != nil {
		return nil, fmt.Errorf("The password could not be read from standard input; nothing was changed.")
	}
	password := strings.TrimRight(string(raw), "\r\n")
	if strings.ContainsAny(password, "\r\n") {
		return nil, usagef("The password on standard input must be one line.")
	}
	return &password, nil
}

func (e *environment) printPerson(cmd *cobra.Command, name string) error {
	return e.withState(cmd.Context(), func(s state.State) error {
		for _, p := range s.Access.People {
			if strings.EqualFold(p.Name, strings.TrimSpace(name)) {
				return e.printJSON(p)
			}
		}
		return fmt.Errorf("%q was saved, but can't be shown.", name)
	})
}

func newPeopleList(e *environment) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the people and their rights",
		Args:  exactly(0, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.withState(cmd.Context(), func(s state.State) error {
				if asJSON {
					return e.printJSON(s.Access.People)
				}
				table := tabwriter.NewWriter(e.out, 0, 0, 2, ' ', 0)
				fmt.Fprintln(table, "NAME\tPASSWORD\tFOLDERS")
				for _, p := range s.Access.People {
					fmt.Fprintf(table, "%s\t%s\t%s\n", p.Name, yesNo(p.HasPassword), rightsLine(p.Folders))
				}
				return table.Flush()
			})
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func rightsLine(folders map[string]string) string {
	var words []string
	for _, folder := range slices.Sorted(maps.Keys(folders)) {
		words = append(words, folder+"="+folders[folder])
	}
	if len(words) == 0 {
		return "-"
	}
	return strings.Join(words, ", ")
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}

func newPeopleRemove(e *environment) *cobra.Command {
	return &cobra.Command{
		Use:   "remove NAME",
		Short: "Let a person in no more; ends their sessions and grants at once",
		Args:  exactly(1, "a Workfront username"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return e.do(cmd, state.RemovePerson{Name: args[0]})
		},
	}
}
