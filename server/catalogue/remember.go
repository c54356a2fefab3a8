package catalogue

import (
	"context"
	"database/sql"
	"database/sql/driver"

	"modernc.org/sqlite" // in pure Go
)

// remembering opens connections that remember the statements they were given through statement.
type remembering struct{ driver.Connector }

// openRemembering is sql.Open for connections whose Raw is a *rememberer.
func openRemembering(address string) (*sql.DB, error) {
	plain, err := sqlite.NewConnector(address)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(remembering{plain}), nil
}

func (r remembering) Connect(ctx context.Context) (driver.Conn, error) {
	plain, err := r.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &rememberer{plain.(sqliteConn), map[string]statement{}}, nil
}

// sqliteConn is what the driver's connections can do for database/sql.
type sqliteConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// statement is what the driver's statements can do, as far as it is needed.
type statement interface {
	driver.StmtQueryContext
	Close() error
}

// rememberer is one connection. Like any, it serves one caller at a time.
type rememberer struct {
	sqliteConn
	statements map[string]statement // by their text; closed with the connection
}

// statement gives a query parsed, which takes longer than most queries run. The rows of its last run
// must be closed.
func (r *rememberer) statement(query string) (statement, error) {
	if known := r.statements[query]; known != nil {
		return known, nil
	}
	parsed, err := r.Prepare(query)
	if err != nil {
		return nil, err
	}
	r.statements[query] = parsed.(statement)
	return r.statements[query], nil
}

func (r *rememberer) Close() error {
	for _, known := range r.statements {
		known.Close()
	}
	return r.sqliteConn.Close()
}
