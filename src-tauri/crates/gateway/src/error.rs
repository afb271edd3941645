//! What can go wrong before the gateway runs, and while it is controlled. Belongs here: errors a caller acts on.
//! Not here: refusals of requests (they are answers, not errors).

use std::{io, net::SocketAddr, path::PathBuf};

/// Why the gateway did not start.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The configuration, or a file it names, is wrong. Raised before any port is opened.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Another program listens on the port already.
    #[error(
        "port {} is taken: another program listens on {address} ({listener}). End that program, or choose another port with --{flag} {}:0 (0 takes any free port)",
        address.port(), address.ip()
    )]
    PortTaken {
        /// The address that was asked for.
        address: SocketAddr,
        /// Which listener wanted it, in words.
        listener: &'static str,
        /// The command-line option that changes it: `am` or `gateway`.
        flag: &'static str,
    },
    /// The address cannot be listened on for another reason (privileged port, address not of this machine).
    #[error("cannot listen on {address} ({listener}): {source}. Choose another address with --{flag}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Which listener wanted it, in words.
        listener: &'static str,
        /// The command-line option that changes it: `am` or `gateway`.
        flag: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The system gives no threads or event queues to serve on.
    #[error(
        "the gateway cannot start its threads: {0}. End other programs, or raise the limits of processes and open files"
    )]
    Threads(io::Error),
}

/// What is wrong with the configuration, and where.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The configuration file cannot be read.
    #[error("cannot read {}: {source}. Correct the path of the configuration file, or give the right to read it", file.display())]
    Read {
        /// The file.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A file that the configuration names cannot be read.
    #[error(
        "{}: {place}: cannot read {}: {source}. Correct the path there (a relative one begins at the folder of the configuration), \
         or give the right to read it",
        file.display(), named.display()
    )]
    Named {
        /// The configuration file.
        file: PathBuf,
        /// Path of the member that names the other one (`tls.key_file`).
        place: String,
        /// The file that cannot be read.
        named: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The text is not TOML, or a member is unknown, missing or of the wrong kind.
    #[error("{}:{line}:{column}: {message}", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// Line, from 1.
        line: usize,
        /// Column in characters, from 1.
        column: usize,
        /// What is wrong.
        message: String,
    },
    /// The text can be read, but a value makes no sense.
    #[error("{}: {place}: {message}", file.display())]
    Invalid {
        /// The file.
        file: PathBuf,
        /// Path of the member (`domains[0].clients[1].client_id`).
        place: String,
        /// What is wrong and what would be right.
        message: String,
    },
}

/// Why a running gateway did not do what it was told. Then nothing has changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No domain of this path is served.
    #[error("no security domain `{0}` is served")]
    UnknownDomain(String),
    /// No API of this context path is served.
    #[error("no API is served on `{0}`")]
    UnknownApi(String),
    /// The domain has no client of this identifier.
    #[error("the security domain has no client `{0}`")]
    UnknownClient(String),
    /// A name is none of those there are; the message lists them.
    #[error("{0}")]
    UnknownName(String),
    /// The cryptographic library failed to make a key.
    #[error("the key could not be made; the old one signs on")]
    NoKey,
}
