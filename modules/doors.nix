# How people reach cc-ci: the forge, its own HTTP server, Drone, and what stands around the machine.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.cc-ci;
  t = import ./types.nix { inherit lib; };
  within = name: zone: name == zone || lib.hasSuffix ".${zone}" name;
  forge = t.host cfg.gitea.url;
  secretFiles = lib.filterAttrs (_: file: file != null) {
    "gitea.tokenFile" = cfg.gitea.tokenFile;
    "gitea.passwordFile" = cfg.gitea.passwordFile;
    "http.hookSecretFile" = cfg.http.hookSecretFile;
    "drone.tokenFile" = cfg.drone.tokenFile;
    "drone.server.secretsFile" = cfg.drone.server.secretsFile;
    "drone.runner.secretsFile" = cfg.drone.runner.secretsFile;
    "mirror.tokenFile" = cfg.mirror.tokenFile;
    "site.certificateKeyFile" = cfg.site.certificateKeyFile;
  };
  stored = lib.attrNames (lib.filterAttrs (_: t.inStore) secretFiles);
in
{
  options.services.cc-ci = {
    gitea = {
      url = t.optional t.url "https://git.example.org" "The Gitea where recipes live; it is read and commented on, and nothing is deployed there.";
      organisation = t.optional t.login "recipe-maintainers" "Its members may say `!testme`.";
      allowed = mkOption {
        type = types.listOf t.login;
        default = [ ];
        example = [ "alice" ];
        description = "Logins that may say `!testme`, members or not.";
      };
      poll = t.optional t.duration "20s" "How often Gitea is asked for news, 1s to 60s.";
      tokenFile = t.optional t.secretFile "/run/secrets/cc-ci/gitea_token" "File with the bot's token, read again at each use.";
      user = t.optional t.login "cc-ci-bot" "The bot's login, where a token is made of its password.";
      passwordFile = t.optional t.secretFile "/run/secrets/cc-ci/gitea_password" "File with the bot's password; goes with `user`.";
    };
    http = {
      listen = t.optional t.listen "127.0.0.1:8080" "Where pages, badges and `/hook` answer.";
      proxies = mkOption {
        type = types.listOf t.network;
        default = [ ];
        example = [ "172.18.0.0/16" ];
        description = "Addresses and subnets of the proxy before it: what that says of whom it asks for is believed. Without it all who come through a proxy count as one, where requests are counted.";
      };
      publicUrl = t.optional t.url "https://ci.example.org" "The address that people see; links in comments lead there. It has no path.";
      hookSecretFile = t.optional t.secretFile "/run/secrets/cc-ci/hook_secret" "File with the key of Gitea's webhook; without it there is no `/hook`.";
    };
    drone = {
      url = t.optional t.url "https://drone.ci.example.org" "The Drone that shows runs as builds.";
      repository = t.optional t.repository "coop-cloud/cc-ci" "The repository with our `.drone.yml`, as Drone calls it.";
      branch = t.optional t.word "main" "Its branch.";
      tokenFile = t.optional t.secretFile "/run/secrets/cc-ci/drone_token" "File with the token of a Drone machine user that may create builds.";
    };
    mirror.tokenFile = t.optional t.secretFile "/run/secrets/cc-ci/mirror_token" "File with the token that `ccci-ctl mirror` uses; the controller never reads it.";
    site = {
      sshHost = t.optional (types.strMatching "[A-Za-z0-9][A-Za-z0-9_.-]*(@[A-Za-z0-9][A-Za-z0-9_.-]*)?") "root@ci.example.org" "How ssh reaches this machine, for `ccci-ctl doctor` on another one.";
      gatewayAddress = t.optional t.address "192.0.2.1" "Where the zone's DNS wildcard has to lead.";
      certificateFile = t.optional t.secretFile "/var/lib/ci-certs/live/fullchain.pem" "The wildcard certificate with its chain, PEM. It is given to cc-ci, which never asks an authority for one.";
      certificateKeyFile = t.optional t.secretFile "/var/lib/ci-certs/live/privkey.pem" "Its key, PEM.";
    };
  };

  config = lib.mkIf cfg.enable {
    services.cc-ci.environment = t.variables {
      CCCI_GITEA_URL = cfg.gitea.url;
      CCCI_GITEA_ORGANISATION = cfg.gitea.organisation;
      CCCI_GITEA_ALLOWED = if cfg.gitea.allowed == [ ] then null else lib.concatStringsSep "," cfg.gitea.allowed;
      CCCI_GITEA_POLL = cfg.gitea.poll;
      CCCI_GITEA_TOKEN_FILE = cfg.gitea.tokenFile;
      CCCI_GITEA_USER = cfg.gitea.user;
      CCCI_GITEA_PASSWORD_FILE = cfg.gitea.passwordFile;
      CCCI_HTTP_LISTEN = cfg.http.listen;
      CCCI_HTTP_PROXIES = if cfg.http.proxies == [ ] then null else lib.concatStringsSep "," cfg.http.proxies;
      CCCI_PUBLIC_URL = cfg.http.publicUrl;
      CCCI_HOOK_SECRET_FILE = cfg.http.hookSecretFile;
      CCCI_DRONE_URL = cfg.drone.url;
      CCCI_DRONE_REPOSITORY = cfg.drone.repository;
      CCCI_DRONE_BRANCH = cfg.drone.branch;
      CCCI_DRONE_TOKEN_FILE = cfg.drone.tokenFile;
      CCCI_MIRROR_TOKEN_FILE = cfg.mirror.tokenFile;
      CCCI_SSH_HOST = cfg.site.sshHost;
      CCCI_GATEWAY_ADDRESS = cfg.site.gatewayAddress;
      CCCI_CERTIFICATE_FILE = cfg.site.certificateFile;
      CCCI_CERTIFICATE_KEY_FILE = cfg.site.certificateKeyFile;
    };

    assertions = [
      {
        assertion = cfg.gitea.url == null || !(within cfg.zone forge || within forge cfg.zone);
        message = "services.cc-ci.zone: \"${cfg.zone}\" and the forge at \"${toString cfg.gitea.url}\" share a zone; apps under test never stand where the forge does.";
      }
      {
        assertion = cfg.gitea.url == null || cfg.gitea.organisation != null || cfg.gitea.allowed != [ ];
        message = "services.cc-ci.gitea: url needs organisation or allowed; who may say `!testme`?";
      }
      {
        assertion = cfg.gitea.url == null || cfg.gitea.tokenFile != null || (cfg.gitea.user != null && cfg.gitea.passwordFile != null);
        message = "services.cc-ci.gitea: url needs tokenFile, or user and passwordFile.";
      }
      {
        assertion = cfg.http.hookSecretFile == null || cfg.http.listen != null;
        message = "services.cc-ci.http.hookSecretFile: needs http.listen, where `/hook` answers.";
      }
      {
        assertion = cfg.http.publicUrl == null || builtins.match "https?://[^/]+/?" cfg.http.publicUrl != null;
        message = "services.cc-ci.http.publicUrl: \"${toString cfg.http.publicUrl}\" has a path; links begin at the root of its host.";
      }
      {
        assertion = cfg.drone.url == null || (cfg.drone.repository != null && cfg.drone.tokenFile != null);
        message = "services.cc-ci.drone: url needs repository and tokenFile.";
      }
      {
        assertion = cfg.mirror.tokenFile == null || cfg.gitea.url != null;
        message = "services.cc-ci.mirror.tokenFile: needs gitea.url, where mirrors are made.";
      }
      {
        assertion = (cfg.site.certificateFile == null) == (cfg.site.certificateKeyFile == null);
        message = "services.cc-ci.site: certificateFile goes with certificateKeyFile; give both or neither.";
      }
      {
        assertion = stored == [ ];
        message = "services.cc-ci: ${toString stored} lies in the Nix store, which everybody may read; give the path of a file that is made on the machine.";
      }
    ];
  };
}
