#!/bin/sh
# Fills an empty volume, then becomes the server. Nothing listens before everything is there.
set -eu
data=/var/lib/mysql

quoted() { sed "s/[\\\\']/\\\\&/g" "$1" | tr -d '\n'; }

if [ "$1" = mariadbd ]; then
  shift
  if [ ! -d "$data/mysql" ]; then
    chown mysql:mysql "$data"
    mariadb-install-db --user=mysql --datadir="$data" --skip-test-db --auth-root-authentication-method=normal > /dev/null
    # `mysql` is made first, so a volume without the mark was left half done.
    mariadbd --user=mysql --datadir="$data" --bootstrap <<SQL
FLUSH PRIVILEGES;
ALTER USER 'root'@'localhost' IDENTIFIED BY '$(quoted "$MARIADB_ROOT_PASSWORD_FILE")';
DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');
FLUSH PRIVILEGES;
CREATE DATABASE \`$MARIADB_DATABASE\`;
CREATE USER '$MARIADB_USER'@'%' IDENTIFIED BY '$(quoted "$MARIADB_PASSWORD_FILE")';
GRANT ALL ON \`$MARIADB_DATABASE\`.* TO '$MARIADB_USER'@'%';
SQL
  fi
  # Looking up the client's name takes a second where no DNS answers.
  exec mariadbd --user=mysql --datadir="$data" --bind-address=0.0.0.0 --skip-name-resolve "$@"
fi
exec "$@"
