# Secrets by sops-nix: encrypted in the repository, decrypted by the machine's own key to a tmpfs, one file each.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  cfg = config.services.cc-ci;
  t = import ./types.nix { inherit lib; };
  secrets = cfg.secrets;
  on = cfg.enable && secrets.file != null;
  withCertificate = cfg.enable && secrets.certificateFile != null;
  uses = name: on && lib.elem name secrets.use;
  # What a sops file encrypts, it leaves under its own name, so that a missing one is seen before the machine is.
  encrypted =
    file:
    let
      nameOf = line: builtins.match "([A-Za-z0-9_]+): ?(ENC\\[.*)?" line;
      found = map nameOf (lib.splitString "\n" (builtins.readFile file));
    in
    map lib.head (lib.filter (match: match != null && lib.head match != "sops") found);
  missing = file: names: if builtins.pathExists file then lib.subtractLists (encrypted file) names else [ ];
  pathOf = name: config.sops.secrets."cc-ci/${name}".path;
  given = name: lib.mkIf (uses name) (lib.mkDefault (pathOf name));
  placeholder = name: config.sops.placeholder."cc-ci/${name}";
  lines = lib.concatMapStrings ({ name, secret }: "${name}=${placeholder secret}\n");
  rpc = {
    name = "DRONE_RPC_SECRET";
    secret = "drone_rpc_secret";
  };
  oauth = [
    {
      name = "DRONE_GITEA_CLIENT_ID";
      secret = "drone_gitea_client_id";
    }
    {
      name = "DRONE_GITEA_CLIENT_SECRET";
      secret = "drone_gitea_client_secret";
    }
  ];
  template = name: secretsOf: { "cc-ci/${name}".content = lines secretsOf; };
  serverHas = uses "drone_rpc_secret" && uses "drone_gitea_client_id" && uses "drone_gitea_client_secret";
  absent = if on then missing secrets.file secrets.use else [ ];
  absentOfCertificate = if withCertificate then missing secrets.certificateFile [ "fullchain" "privkey" ] else [ ];
in
{
  options.services.cc-ci.secrets = {
    file = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "../../../secrets/secrets.yaml";
      description = "The file that sops encrypted, with the secrets of `use` under their names.";
    };
    use = mkOption {
      type = types.listOf (
        types.enum [
          "drone_gitea_client_id"
          "drone_gitea_client_secret"
          "drone_rpc_secret"
          "drone_token"
          "gitea_password"
          "gitea_token"
          "hook_secret"
          "mirror_token"
        ]
      );
      default = [ ];
      example = [
        "gitea_token"
        "hook_secret"
      ];
      description = "Which secrets of `file` this machine has; each becomes the file of the option that it belongs to.";
    };
    certificateFile = mkOption {
      type = types.nullOr types.path;
      default = null;
      example = lib.literalExpression "../../../secrets/cc-ci-secrets/certificate.yaml";
      description = "The file that sops encrypted, with the wildcard certificate as `fullchain` and its key as `privkey`.";
    };
    ageKeyFile = mkOption {
      type = t.secretFile;
      default = "/var/lib/sops-nix/key.txt";
      example = "/var/lib/sops-nix/key.txt";
      description = "The machine's age key, the only secret that comes to it by hand.";
    };
  };

  config = lib.mkMerge [
    (lib.mkIf (on || withCertificate) {
      sops = {
        age.keyFile = secrets.ageKeyFile;
        defaultSopsFile = lib.mkDefault (if on then secrets.file else secrets.certificateFile);
      };
    })

    (lib.mkIf on {
      sops.secrets = lib.listToAttrs (
        map (key: lib.nameValuePair "cc-ci/${key}" {
          inherit key;
          sopsFile = secrets.file;
        }) secrets.use
      );
      services.cc-ci = {
        gitea.tokenFile = given "gitea_token";
        gitea.passwordFile = given "gitea_password";
        http.hookSecretFile = given "hook_secret";
        drone.tokenFile = given "drone_token";
        mirror.tokenFile = given "mirror_token";
        drone.server.secretsFile = lib.mkIf serverHas (lib.mkDefault config.sops.templates."cc-ci/drone-server.env".path);
        drone.runner.secretsFile = lib.mkIf (uses "drone_rpc_secret") (
          lib.mkDefault config.sops.templates."cc-ci/drone-runner.env".path
        );
      };
      assertions = [
        {
          assertion = builtins.pathExists secrets.file;
          message = "services.cc-ci.secrets.file: ${toString secrets.file} does not exist; docs/secrets.md says how it is made.";
        }
        {
          assertion = absent == [ ];
          message = "services.cc-ci.secrets.file: ${toString secrets.file} has no ${toString absent}; `sops` puts it there, or leave it out of `use`.";
        }
      ];
    })

    (lib.mkIf (serverHas && cfg.drone.server.enable) {
      sops.templates = template "drone-server.env" ([ rpc ] ++ oauth);
    })
    (lib.mkIf (uses "drone_rpc_secret" && cfg.drone.runner.enable) {
      sops.templates = template "drone-runner.env" [ rpc ];
    })

    (lib.mkIf withCertificate {
      sops.secrets = lib.mapAttrs' (key: path: lib.nameValuePair "cc-ci/${key}" {
        inherit key path;
        sopsFile = secrets.certificateFile;
      }) {
        fullchain = "/var/lib/ci-certs/live/fullchain.pem";
        privkey = "/var/lib/ci-certs/live/privkey.pem";
      };
      services.cc-ci.site = {
        certificateFile = lib.mkDefault (pathOf "fullchain");
        certificateKeyFile = lib.mkDefault (pathOf "privkey");
      };
      assertions = [
        {
          assertion = absentOfCertificate == [ ];
          message = "services.cc-ci.secrets.certificateFile: ${toString secrets.certificateFile} has no ${toString absentOfCertificate}.";
        }
      ];
    })
  ];
}
