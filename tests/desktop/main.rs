//! Skeleton.
#[tokio::test]
async fn probe() {
    let display = support::display::Display::start();
    let env = vec![("DISPLAY".to_owned(), display.name()), ("HOME".to_owned(), "/tmp/probehome".to_owned())];
    let t = std::time::Instant::now();
    let window = support::webdriver::Window::open(&env).await;
    eprintln!("open {:?}", t.elapsed());
    let field = window.field("Client ID").await;
    field.fill("my client").await;
    assert_eq!(field.value().await, "my client");
    window.button("Get token").await.click().await;
    window.says("here").await;
    eprintln!("{}", window.region("Token claims").await.text().await);
    window.resize(760, 560).await;
    window.screenshot(std::path::Path::new("/tmp/probe.png")).await;
    eprintln!("{}", window.everything().await);
    let t = std::time::Instant::now();
    window.close().await;
    eprintln!("close {:?}", t.elapsed());
}
