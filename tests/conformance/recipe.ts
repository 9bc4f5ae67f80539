/** The small recipe that the suite deploys: every construct here is one that a check looks at. */

export const RECIPE = 'conf-recipe';

export const COMPOSE = (image: string, label: string, greeting: string): string => `
services:
  app:
    image: ${image}
    init: true
    command: ["httpd", "-f", "-p", "80"]
    environment:
      - PASSED_THROUGH
      - GREETING=${greeting}
      - OWN_VALUE=mine
      - PRICE=$$5
      - DEFAULTED=\${NOT_SET_ANYWHERE:-fallback}
    secrets: [db_password, manual_token]
    configs:
      - source: page
        target: /page.txt
        mode: 0444
    volumes: ["data:/data", "cache:/cache"]
    networks: [internal]
    healthcheck:
      test: ["CMD", "true"]
      interval: 1s
    deploy:
      update_config: {monitor: 1s, failure_action: rollback, order: stop-first}
      restart_policy: {condition: any, delay: 1s}
      labels:
        - "coop-cloud.\${STACK_NAME}.version=${label}"
        - "coop-cloud.\${STACK_NAME}.timeout=\${TIMEOUT:-60}"
        - "backupbot.backup=true"
        - "backupbot.backup.pre-hook=cp /data/marker /data/dump"
        - "backupbot.restore.post-hook=cp /data/dump /data/replayed"
        - "backupbot.backup.volumes.cache=false"
        - "conf.rule=Host(\`\${DOMAIN}\`)"
networks:
  internal: {}
volumes:
  data: {}
  cache: {}
configs:
  page:
    name: \${STACK_NAME}_page_\${PAGE_VERSION}
    file: page.txt
secrets:
  db_password:
    external: true
    name: \${STACK_NAME}_db_password_\${SECRET_DB_PASSWORD_VERSION}
  manual_token:
    external: true
    name: \${STACK_NAME}_manual_token_\${SECRET_MANUAL_TOKEN_VERSION}
`;

export const COMPOSE_SIDE = (image: string): string => `
services:
  side:
    image: ${image}
    init: true
    command: ["sleep", "1000000"]
    environment: {A: "1"}
    networks: [internal]
`;

export const ENV_SAMPLE = `TYPE=${RECIPE}

DOMAIN=${RECIPE}.example.com
# a comment that stays
LETS_ENCRYPT_ENV=production
TIMEOUT=60
OWN_VALUE=theirs
PASSED_THROUGH=yes
COMPOSE_FILE="compose.yml"
COMPOSE_FILE="$COMPOSE_FILE:compose.side.yml"
SECRET_DB_PASSWORD_VERSION=v1 # length=20 charset=hex
SECRET_MANUAL_TOKEN_VERSION=v1 # generate=false
`;

export const ABRA_SH = 'export PAGE_VERSION=v2\n\nhello() {\n  echo hello\n}\n';

export const README = `# ${RECIPE}\n\n<!-- metadata -->\n* **Category**: Apps\n<!-- endmetadata -->\n`;

/** Releases in the order of their commits; the newest by number is not the newest by text. */
export const RELEASES = ['0.1.0+1.0.0', '0.9.0+1.0.0', '0.10.0+1.0.0'] as const;
export const NEWEST = '0.10.0+1.0.0';
export const HEAD_LABEL = '0.11.0+1.1.0';
