# The machine cc-ci: the values of its operator, and nothing that another cc-ci server would share.
{ lib, ... }:
let
  secrets = ../../../secrets/secrets.yaml;
  certificate = ../../../secrets/cc-ci-secrets/certificate.yaml;
  there = builtins.pathExists;
  missing = lib.optional (!there secrets) "secrets/secrets.yaml: no forge and no Drone" ++ lib.optional (!there certificate) "secrets/cc-ci-secrets/certificate.yaml: no proxy";
in
{
  imports = [ ./hardware.nix ];

  networking.hostName = "cc-ci";
  time.timeZone = "UTC";
  services.openssh = {
    enable = true;
    settings.PasswordAuthentication = false;
  };
  users.mutableUsers = false;
  nix.settings.experimental-features = [
    "nix-command"
    "flakes"
  ];
  system.stateVersion = "26.05";

  services.cc-ci = lib.mkMerge [
    {
      enable = true;
      zone = "ci.commoninternet.net";
      maxTests = 1;
      http = {
        # Where Docker stands between its containers and a machine that was blank: the proxy reaches it, and nobody else.
        listen = "172.18.0.1:8080";
        publicUrl = "https://ci.commoninternet.net";
      };
    }
    (lib.mkIf (there certificate) { secrets.certificateFile = certificate; })
    (lib.mkIf (there secrets) {
      secrets = {
        file = secrets;
        use = [
          "drone_gitea_client_id"
          "drone_gitea_client_secret"
          "drone_rpc_secret"
          "drone_token"
          "gitea_token"
          "hook_secret"
        ];
      };
      gitea = {
        url = "https://git.autonomic.zone";
        organisation = "recipe-maintainers";
      };
      drone = {
        repository = "recipe-maintainers/cc-ci";
        server = {
          enable = true;
          host = "drone.ci.commoninternet.net";
          listen = "172.18.0.1:8081";
        };
      };
    })
  ];

  # A machine without its operator's inputs is built all the same, and says what it waits for.
  warnings = map (what: "cc-ci is blocked until its operator brings ${what}. See docs/secrets.md.") missing;
}
