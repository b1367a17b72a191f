from litestar import Router
def pages_router(shop):
    return Router("/", route_handlers=[])
