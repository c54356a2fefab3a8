package app

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"

	"folderfront/app/state"
)

// verbs are the commands by the name of their type.
type verbs map[string]func(context.Context, json.RawMessage) (any, error)

// verb binds a method that answers to its command.
func verb[Command, Answer any](v verbs, do func(context.Context, Command) (Answer, error)) {
	v[reflect.TypeFor[Command]().Name()] = func(ctx context.Context, args json.RawMessage) (any, error) {
		var command Command
		if err := json.Unmarshal(args, &command); err != nil {
			return nil, fmt.Errorf("The command could not be read; nothing was done.")
		}
		return do(ctx, command)
	}
}

// act binds a method that answers nothing.
func act[Command any](v verbs, do func(context.Context, Command) error) {
	verb(v, func(ctx context.Context, command Command) (any, error) { return nil, do(ctx, command) })
}

// Call carries out a command that came from a face. Whatever it changed is in
// the newest State before it returns.
func (a *App) Call(ctx context.Context, call state.Call) (json.RawMessage, error) {
	do, known := a.verbs[call.Verb]
	if !known {
		return nil, fmt.Errorf("The running Folderfront doesn't know the command %q. Quit it and start it again, for it may be older.", call.Verb)
	}
	answer, err := do(ctx, call.Args)
	a.publish()
	if err != nil || answer == nil {
		return nil, err
	}
	return json.Marshal(answer)
}

func allVerbs(rooms ...verbs) verbs {
	all := verbs{}
	for _, room := range rooms {
		maps.Copy(all, room)
	}
	return all
}
